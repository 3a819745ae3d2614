/* SPDX-License-Identifier: MIT */
/* Virtual addresses, as the configuration lists them; the lists made last stay. */
#ifndef VIPS_H
#define VIPS_H

#include "config.h"

static inline const struct conf_node *vips_of(const struct addr *addrs, unsigned count)
{
	static struct vip_conf pool[1024];
	static unsigned used;
	struct conf_node *first = NULL;

	if (used + count > 1024)
		used = 0;
	while (count--) {
		struct vip_conf *vip = &pool[used++];

		*vip = (struct vip_conf){ .node.next = first, .addr = addrs[count] };
		first = &vip->node;
	}
	return first;
}

static inline struct conf_list vips_list(const struct addr *addrs, unsigned count)
{
	return (struct conf_list){ .first = (struct conf_node *)(uintptr_t)vips_of(addrs, count), .count = count };
}

#endif
