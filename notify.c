/* SPDX-License-Identifier: MIT */
#include "notify.h"

#include "log.h"
#include "loop.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWD "/etc/passwd"
#define GROUP "/etc/group"
#define DEFAULT_USER "keepalived_script"
#define PATIENCE_US (5 * US_PER_S)
#define RUNNING_MAX 64 /* of one owner; scripts that never end shall not fill the machine */
#define JOBS_MAX 96    /* those that wait, too */
#define GROUPS_MAX 32
#define SYMLINKS_MAX 40
#define REASON_MAX 512
#define SHELL_WORDS 3

static struct {
	const struct config *conf;
	struct log_limit refusals;
	unsigned pending; /* jobs that wait, or are waited for */
} self;

/* Who runs a script. */
struct identity {
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS_MAX];
	int group_count;
};

/* What is known of a script before it is run. */
struct launch {
	struct identity who;
	bool shell;             /* not a program: a redirection for the shell */
	bool unsafe;            /* reason tells why */
	unsigned links;         /* symbolic ones on the way to it */
	char path[PATH_MAX];    /* as it will be executed */
	char reason[REASON_MAX];
};

/* A script that waits (pid 0) or runs. */
struct job {
	struct notify_queue *queue;
	struct job *next;
	struct child child;
	struct timer patience; /* armed: the others wait for its end */
	struct conf_script script;
	unsigned key;
	char *words[];
};

struct notify_queue {
	struct job *jobs; /* in their order, so that those which run stand in front */
	unsigned count;
	char name[];
};

/* Accounts: lines of NAME:PASSWORD:ID:REST. */

struct account {
	char *name, *rest;
	unsigned id;
};

/* A number from its first digit to the end of the field. */
static bool parse_id(const char *text, unsigned *out)
{
	long long value;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	value = text_number(text, &end, 10);
	/* -1 means "leave as it is" to the kernel. */
	if ((*end && *end != ':') || value >= UINT_MAX)
		return false;
	*out = (unsigned)value;
	return true;
}

/* Cuts the next account out of the text. */
static bool next_account(char **text, struct account *a)
{
	char *line, *id;

	while ((line = strsep(text, "\n"))) {
		a->name = strsep(&line, ":");
		strsep(&line, ":");
		id = strsep(&line, ":");
		a->rest = line;
		if (line && *a->name && parse_id(id, &a->id))
			return true;
	}
	return false;
}

/* The number of a user or group by its name, or else by its number, which need not have a name. gid: of a user, the group; or NULL. */
static bool find_account(const char *path, const char *name, unsigned *id, gid_t *gid)
{
	char *text = text_load(path), *at = text;
	unsigned number = UINT_MAX;
	bool found = parse_id(name, &number), by_name = false;
	struct account a;

	*id = number;
	if (gid)
		*gid = number;
	while (!by_name && next_account(&at, &a)) {
		by_name = !strcmp(a.name, name);
		if ((!by_name && a.id != number) || (gid && !parse_id(a.rest, gid)))
			continue;
		*id = a.id;
		found = true;
	}
	free(text);
	return found;
}

/* The groups that have the user among their members, after the first. */
static void find_more_groups(const char *user, struct identity *who)
{
	char *text, *at, *member;
	struct account a;

	text = at = text_load(GROUP);
	while (who->group_count < GROUPS_MAX && next_account(&at, &a)) {
		while ((member = strsep(&a.rest, ",")))
			if (a.id != who->gid && !strcmp(member, user)) {
				who->groups[who->group_count++] = a.id;
				break;
			}
	}
	free(text);
}

static int __attribute__((format(printf, 2, 3))) refuse(struct launch *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vformat(l->reason, sizeof(l->reason), format, &args);
	va_end(args);
	return -EACCES;
}

static int identify(const struct global_conf *g, const struct conf_script *s, struct launch *l)
{
	const char *user = s->user ? s->user : g->script_user;
	const char *group = s->user ? s->group : g->script_group;
	struct identity *who = &l->who;

	if (user) {
		if (!find_account(PASSWD, user, &who->uid, &who->gid))
			return refuse(l, "there is no user %s", user);
	} else if (find_account(PASSWD, DEFAULT_USER, &who->uid, &who->gid)) {
		user = DEFAULT_USER;
	} else if (g->script_security) {
		return refuse(l, "there is no user " DEFAULT_USER " and script_user is not set");
	} else {
		who->uid = geteuid();
		who->gid = getegid();
	}
	if (group && !find_account(GROUP, group, &who->gid, NULL))
		return refuse(l, "there is no group %s", group);
	who->groups[0] = who->gid;
	who->group_count = 1;
	if (user && g->set_supplementary_groups)
		find_more_groups(user, who);
	return 0;
}

/* Files */

static bool in_group(const struct identity *who, gid_t gid)
{
	int i;

	for (i = 0; i < who->group_count; i++)
		if (who->groups[i] == gid)
			return true;
	return false;
}

/* For a directory: may enter it. */
static bool may_execute(const struct identity *who, const struct stat *st)
{
	if (!who->uid)
		return S_ISDIR(st->st_mode) || st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH);
	if (who->uid == st->st_uid)
		return st->st_mode & S_IXUSR;
	if (in_group(who, st->st_gid))
		return st->st_mode & S_IXGRP;
	return st->st_mode & S_IXOTH;
}

/* Whether somebody else than root can put another file in this place. The first such place is the one that is told. */
static void check_owner(struct launch *l, const char *path, const struct stat *st)
{
	unsigned mode = st->st_mode & 07777;

	if (l->unsafe)
		return;
	if (st->st_uid)
		refuse(l, "%s belongs to user %u", path, st->st_uid);
	else if (!S_ISLNK(st->st_mode) && !(S_ISDIR(st->st_mode) && mode & S_ISVTX) && (mode & S_IWOTH || (mode & S_IWGRP && st->st_gid)))
		refuse(l, "%s is writable by others (mode %04o, group %u)", path, mode, st->st_gid);
	else
		return;
	l->unsafe = true;
}

static int check_way(struct launch *l, char *path);

/* dir: as much of the path as is the directory that the link is in. */
static int check_link(struct launch *l, const char *path, size_t dir)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target + dir, sizeof(target) - dir);

	if (len < 0 || (size_t)len == sizeof(target) - dir || l->links++ == SYMLINKS_MAX)
		return refuse(l, "%s leads too far", path);
	memcpy(target, path, dir);
	target[dir + (size_t)len] = '\0';
	return check_way(l, target[dir] == '/' ? target + dir : target);
}

/* Looks at every directory and link on the way from the root, because each of them decides what is executed. */
static int check_way(struct launch *l, char *path)
{
	char *name = path, *end = path + 1, cut;
	struct stat st;
	int err = 0;

	do {
		cut = *end;
		*end = '\0';
		if (lstat(path, &st))
			return refuse(l, "%s: %m", path);
		check_owner(l, path, &st);
		if (S_ISLNK(st.st_mode))
			err = check_link(l, path, (size_t)(name - path));
		else if (S_ISDIR(st.st_mode) && !may_execute(&l->who, &st))
			err = refuse(l, "%s may not be entered by user %u", path, l->who.uid);
		*end = cut;
		name = end + strspn(end, "/");
		end = name + strcspn(name, "/");
	} while (cut && !err);
	return err;
}

static int check_program(struct launch *l)
{
	char from_root[PATH_MAX], *path = l->path;
	struct stat st;
	size_t len;

	if (*path != '/') {
		path = getcwd(from_root, sizeof(from_root));
		len = path ? strlen(path) : 0;
		if (!path || text_format(path + len, sizeof(from_root) - len, "/%s", l->path) >= sizeof(from_root) - len)
			return refuse(l, "its path is too long");
	}
	if (check_way(l, path))
		return -EACCES;
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return refuse(l, "%s is not a file", path);
	if (!may_execute(&l->who, &st))
		return refuse(l, "%s is not executable by user %u (mode %04o)", path, l->who.uid, st.st_mode & 07777U);
	/* Whoever can change what runs without root's rights gains nothing by it. */
	if (l->who.uid && l->who.gid && !(!st.st_uid && st.st_mode & S_ISUID) && !(!st.st_gid && st.st_mode & S_ISGID))
		l->unsafe = false;
	return 0;
}

static int find_program(struct launch *l, const char *name)
{
	const char *path = getenv("PATH"), *end;
	struct stat st;
	size_t len;

	if (strchr(name, '/')) {
		if (strlen(name) >= sizeof(l->path))
			return refuse(l, "its path is too long");
		strcpy(l->path, name);
		return 0;
	}
	for (path = path ? path : DEFAULT_PATH; *name && *path; path = *end ? end + 1 : end) {
		end = strchrnul(path, ':');
		len = text_format(l->path, sizeof(l->path), "%.*s%s%s", (int)(end - path), path, end > path ? "/" : "./", name);
		if (len < sizeof(l->path) && !stat(l->path, &st) && S_ISREG(st.st_mode) && may_execute(&l->who, &st))
			return 0;
	}
	return refuse(l, "%s is not in PATH", name);
}

/* 0, with unsafe and reason set where there is something to warn of, or -errno and a reason. */
static int prepare(const struct global_conf *g, const struct conf_script *s, struct launch *l)
{
	const char *name = s->argv[0];
	int err;

	l->shell = l->unsafe = false;
	l->links = 0;
	if (!name)
		return refuse(l, "it is empty");
	err = identify(g, s, l);
	if (err)
		return err;
	/* "</path" tries to open a file: keepalived leaves this one form to the shell. */
	if (*name == '<' && name[1 + strspn(name + 1, " \t")] == '/') {
		l->shell = true;
		strcpy(l->path, "/bin/sh");
		return 0;
	}
	err = find_program(l, name);
	if (!err)
		err = check_program(l);
	if (!err && l->unsafe && g->script_security)
		err = -EACCES;
	return err;
}

bool notify_check_script(const struct config *conf, const struct conf_script *s, void (*tell)(const char *text))
{
	char text[REASON_MAX + 300];
	struct launch l;
	int err = prepare(&conf->global, s, &l);

	if (tell && (err || l.unsafe)) {
		text_format(text, sizeof(text), "script '%.256s' %s: %s", s->text, err ? "not run" : "is unsafe", l.reason);
		tell(text);
	}
	return !err;
}

bool notify_give(int fd, const char *user, const char *group)
{
	const struct conf_script s = { .user = user, .group = group };
	struct launch l;

	return !identify(&self.conf->global, &s, &l) && !fchown(fd, l.who.uid, l.who.gid);
}

/* In the child */

static bool become(const struct identity *who)
{
	if (geteuid())
		return who->uid == geteuid() && who->gid == getegid();
	return !setgroups(who->group_count, who->groups) && !setgid(who->gid) && !setuid(who->uid);
}

/* argv has room for SHELL_WORDS in front. */
static void execute(struct launch *l, char **argv)
{
	static char sh[] = "sh", dash_c[] = "-c";

	if (l->shell) {
		/* The first is shell itself (a redirection) and stays bare. */
		text_format(l->path, sizeof(l->path), "%s \"$@\"", argv[0]);
		argv -= SHELL_WORDS;
		argv[0] = argv[3] = sh;
		argv[1] = dash_c;
		argv[2] = l->path;
	} else {
		execv(l->path, argv);
		if (errno != ENOEXEC)
			return;
		/* A script without #!. */
		argv[0] = l->path;
		*--argv = sh;
	}
	execv("/bin/sh", argv);
}

static _Noreturn void run_child(const struct conf_script *s, const char *last, struct launch *l, pid_t parent)
{
	unsigned words = 0;
	char **argv;
	int log_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;

	while (s->argv[words])
		words++;
	argv = calloc(SHELL_WORDS + words + 2, sizeof(*argv));
	loop_child_signals();
	setpgid(0, 0);
	if (self.conf->global.nice)
		setpriority(PRIO_PROCESS, 0, 0);
	if (!argv || !become(&l->who)) {
		log_error("script '%s' not run as user %u, group %u: %m", l->path, l->who.uid, l->who.gid);
		_exit(0);
	}
	/* After the change of user, which clears it; the parent may have died meanwhile. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	for (fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	argv += SHELL_WORDS;
	memcpy(argv, s->argv, words * sizeof(*argv));
	memcpy(argv + words, &last, sizeof(last));
	execute(l, argv);
	if (log_fd >= 0)
		dup2(log_fd, STDERR_FILENO);
	log_error("script '%s' not run: %m", l->path);
	_exit(0);
}

int notify_spawn(const struct conf_script *s, const char *last, struct child *child)
{
	struct launch l;
	unsigned held;
	pid_t parent = getpid(), pid;
	int err = prepare(&self.conf->global, s, &l);

	if (!err) {
		/* Not vfork: reading a program from slow flash must not hold up adverts. */
		pid = _Fork();
		if (!pid)
			run_child(s, last, &l, parent);
		if (pid > 0) {
			setpgid(pid, pid); /* both do it, so that it is done for both when they go on */
			if (child) {
				child->pid = pid;
				child_add(child);
			}
			return 0;
		}
		err = -errno;
		refuse(&l, "%m");
	}
	if (log_allow(&self.refusals, loop_now(), &held))
		log_warn("script '%s' not run: %s", s->text, l.reason);
	return err;
}

int notify_kill(pid_t pid, int signo)
{
	return kill(-pid, signo) ? -errno : 0;
}

void notify_set_config(const struct config *conf)
{
	self.conf = conf;
}

/* Queues */

static void on_end(struct child *c, int wait_status);
static void on_patience_lost(struct timer *t);

static struct job *job_new(const struct conf_script *s, const char *const *extra)
{
	const char *const others[] = { s->text, s->user, s->group, NULL };
	const char *const *const lists[] = { (const char *const *)s->argv, extra, others }, *const *word;
	size_t size = sizeof(struct job) + 4 * sizeof(char *), len; /* the end of argv, and what others may lack */
	char **list, **own = NULL, *to;
	struct job *job;
	unsigned i;

	for (i = 0; i < 3; i++)
		for (word = lists[i]; word && *word; word++)
			size += sizeof(char *) + strlen(*word) + 1;
	job = calloc(1, size);
	if (!job)
		return NULL;
	to = (char *)job + size;
	list = job->words;
	for (i = 0; i < 3; i++) {
		if (i == 2)
			own = ++list;
		for (word = lists[i]; word && *word; word++) {
			len = strlen(*word) + 1;
			*list++ = memcpy(to -= len, *word, len);
		}
	}
	job->script = (struct conf_script){ own[0], job->words, own[1], own[2] };
	job->child.cb = on_end;
	job->patience.cb = on_patience_lost;
	return job;
}

static void drop(struct job *job)
{
	struct job **at = &job->queue->jobs;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	job->queue->count--;
	self.pending -= !job->child.pid || job->patience.armed;
	timer_stop(&job->patience);
	child_remove(&job->child);
	free(job);
}

/* Starts what may be started. */
static void advance(struct notify_queue *q)
{
	struct job *job, *next;
	unsigned running = 0;

	for (job = q->jobs; job && !job->patience.armed && running < RUNNING_MAX; job = next) {
		next = job->next;
		if (job->child.pid) {
			running++;
		} else if (notify_spawn(&job->script, NULL, &job->child)) {
			drop(job);
		} else {
			timer_set(&job->patience, PATIENCE_US);
			break;
		}
	}
}

static void on_end(struct child *c, int wait_status)
{
	struct job *job = container_of(c, struct job, child);
	struct notify_queue *q = job->queue;

	(void)wait_status;
	drop(job);
	advance(q);
}

static void on_patience_lost(struct timer *t)
{
	struct job *job = container_of(t, struct job, patience);

	self.pending--;
	if (job->next)
		log_info("(%s) script '%s' still runs, the next one no longer waits for it", job->queue->name, job->script.text);
	advance(job->queue);
}

void notify_queue_free(struct notify_queue *q)
{
	struct job *job;

	while (q && (job = q->jobs)) {
		if (!job->child.pid)
			notify_spawn(&job->script, NULL, NULL);
		drop(job);
	}
	free(q);
}

void notify_queue_run(struct notify_queue **queue, const char *name, const struct conf_script *s, const char *const *extra, unsigned group_key)
{
	struct job *job = s ? job_new(s, extra) : NULL, **at, *old;
	struct notify_queue *q = *queue;

	if (!job)
		return;
	if (!q) {
		*queue = q = calloc(1, sizeof(*q) + strlen(name) + 1);
		if (!q) {
			free(job);
			return;
		}
		strcpy(q->name, name);
	}
	at = &q->jobs;
	while ((old = *at)) {
		/* Those of older transitions, and the oldest of too many. */
		if (old->child.pid || (q->count < JOBS_MAX && (int)(group_key - old->key) <= 0)) {
			at = &old->next;
		} else {
			log_info("(%s) script '%s' dropped before it could start", q->name, old->script.text);
			drop(old);
		}
	}
	*at = job;
	q->count++;
	self.pending++;
	job->queue = q;
	job->key = group_key;
	advance(q);
}

bool notify_queue_busy(const struct notify_queue *q)
{
	return q && q->jobs;
}

bool notify_pending(void)
{
	return self.pending;
}
