/* SPDX-License-Identifier: MIT */
/*
 * Sync groups: whose members become master, or give up, together. Owns the running groups, and tells their changes; each member is moved by
 * router.c's instance_step().
 */
#ifndef GROUP_H
#define GROUP_H

struct group;
struct instance;
struct router;

/* Those of the instances that there are; what runs already keeps its state. 0 or -ENOMEM. */
int groups_build(struct router *);
/* Those that groups_build() has not asked for since. */
void groups_drop(struct router *);
/* Tells that all end. */
void groups_stop(struct router *);
/* Tells its state, when it is another one now. */
void group_update(struct group *, const char *why);
/* Moves the others where one member went: by the actions that its machine asked for. */
void group_follows(struct group *, const struct instance *leader, unsigned actions);

#endif
