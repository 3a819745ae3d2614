/* SPDX-License-Identifier: MIT */
#include "notify.h"

#include "log.h"
#include "loop.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PASSWD "/etc/passwd"
#define GROUP "/etc/group"
#define DEFAULT_USER "keepalived_script"
#define PATIENCE_US (5 * US_PER_S)
#define WAITING_MAX 32
#define RUNNING_MAX 64 /* of one owner; scripts that never end shall not fill the machine */
#define GROUPS_MAX 32
#define SYMLINKS_MAX 40
#define REASON_MAX 512
#define SHELL_WORDS 3

struct notify {
	const struct config *conf;
	struct log_limit refusals;
};

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
	char path[PATH_MAX];    /* as it will be executed */
	char reason[REASON_MAX];
};

/* A script that waits or runs. */
struct job {
	struct notify_queue *queue;
	struct job *next;
	struct child child;
	struct timer patience;
	struct conf_script script;
	unsigned key;
	char *words[];
};

struct notify_queue {
	struct notify *notify;
	struct job *waiting, *running;
	struct job *holder; /* the running one that the others wait for */
	unsigned waiting_count, running_count;
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
	errno = 0;
	value = text_number(text, &end, 10);
	/* -1 means "leave as it is" to the kernel. */
	if (errno || (*end && *end != ':') || value >= UINT_MAX)
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

static int __attribute__((format(printf, 3, 4))) refuse(struct launch *l, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vformat(l->reason, sizeof(l->reason), format, args);
	va_end(args);
	return err;
}

static int identify(const struct global_conf *g, const struct conf_script *s, struct launch *l)
{
	const char *user = s->user ? s->user : g->script_user;
	const char *group = s->user ? s->group : g->script_group;
	struct identity *who = &l->who;

	if (user) {
		if (!find_account(PASSWD, user, &who->uid, &who->gid))
			return refuse(l, -EINVAL, "there is no user %s", user);
	} else if (find_account(PASSWD, DEFAULT_USER, &who->uid, &who->gid)) {
		user = DEFAULT_USER;
	} else if (g->script_security) {
		return refuse(l, -EINVAL, "there is no user " DEFAULT_USER " and script_user is not set");
	} else {
		who->uid = geteuid();
		who->gid = getegid();
	}
	if (group && !find_account(GROUP, group, &who->gid, NULL))
		return refuse(l, -EINVAL, "there is no group %s", group);
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

static const char *name_of(const char *accounts, unsigned id, char *buf, size_t size)
{
	char *text = text_load(accounts), *at = text;
	struct account a;
	bool found;

	while ((found = next_account(&at, &a)) && a.id != id)
		;
	if (found)
		text_format(buf, size, "%s", a.name);
	else
		text_format(buf, size, "%u", id);
	free(text);
	return buf;
}

/* Whether somebody else than root can put another file in this place. The first such place is the one that is told. */
static void check_owner(struct launch *l, const char *path, const struct stat *st)
{
	char name[64];
	unsigned mode = st->st_mode & 07777;

	if (l->unsafe)
		return;
	l->unsafe = true;
	if (st->st_uid)
		refuse(l, 0, "%s belongs to user %s", path, name_of(PASSWD, st->st_uid, name, sizeof(name)));
	else if (S_ISLNK(st->st_mode) || (S_ISDIR(st->st_mode) && mode & S_ISVTX))
		l->unsafe = false;
	else if (mode & S_IWOTH)
		refuse(l, 0, "%s is writable by everybody (mode %04o)", path, mode);
	else if (mode & S_IWGRP && st->st_gid)
		refuse(l, 0, "%s is writable by group %s (mode %04o)", path, name_of(GROUP, st->st_gid, name, sizeof(name)), mode);
	else
		l->unsafe = false;
}

/* A path on its way through directories and symbolic links: what is done of it, and what is left. */
struct walk {
	char *left; /* in one of the latter two */
	unsigned links;
	char done[PATH_MAX], texts[2][PATH_MAX];
};

static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
}

/* Puts a link's target in front of what is left. */
static int follow_link(struct walk *w)
{
	char *to = w->texts[++w->links & 1];
	ssize_t len = readlink(w->done, to, PATH_MAX);

	if (len < 0)
		return -errno;
	if (w->links > SYMLINKS_MAX)
		return -ELOOP;
	if (len == PATH_MAX || text_format(to + len, (size_t)(PATH_MAX - len), "%s%s", w->left ? "/" : "", w->left ? w->left : "") >= (size_t)(PATH_MAX - len))
		return -ENAMETOOLONG;
	w->left = to;
	if (*to == '/')
		*w->done = '\0';
	else
		go_up(w->done);
	return 0;
}

/* Appends the next name to what is done. 1 when there is none. */
static int next_name(struct walk *w)
{
	size_t done = strlen(w->done);
	const char *name;

	do
		name = strsep(&w->left, "/");
	while (name && (!*name || !strcmp(name, ".")));
	if (!name)
		return 1;
	if (!strcmp(name, ".."))
		go_up(w->done);
	else if (text_format(w->done + done, sizeof(w->done) - done, "/%s", name) >= sizeof(w->done) - done)
		return -ENAMETOOLONG;
	return 0;
}

/* Looks at every directory and link on the way, because each of them decides what is executed. */
static int walk_path(struct launch *l, struct walk *w, struct stat *st)
{
	const char *at;
	int err = 0;

	for (;;) {
		at = *w->done ? w->done : "/";
		if (lstat(at, st))
			return refuse(l, -errno, "%s: %m", at);
		check_owner(l, at, st);
		if (S_ISLNK(st->st_mode))
			err = follow_link(w);
		else if (S_ISDIR(st->st_mode) && !may_execute(&l->who, st))
			return refuse(l, -EACCES, "%s may not be entered by user %u", at, l->who.uid);
		else if (!S_ISDIR(st->st_mode))
			break;
		if (!err)
			err = next_name(w);
		if (err)
			break;
	}
	if (!err && w->left)
		err = -ENOTDIR;
	return err < 0 ? refuse(l, err, "%s: %s", at, text_error(err)) : 0;
}

static int check_program(struct launch *l)
{
	struct walk *w = malloc(sizeof(*w));
	struct stat st;
	size_t len;
	int err;

	if (!w)
		return refuse(l, -ENOMEM, "out of memory");
	w->links = 0;
	if (*l->path == '/' || !getcwd(w->done, sizeof(w->done)))
		*w->done = '\0';
	w->left = w->texts[0];
	len = text_format(w->left, PATH_MAX, "%s/%s", w->done, l->path);
	*w->done = '\0';
	err = len < PATH_MAX ? walk_path(l, w, &st) : refuse(l, -ENAMETOOLONG, "its path is too long");
	free(w);
	if (err)
		return err;
	if (!S_ISREG(st.st_mode))
		return refuse(l, -EACCES, "%s is not a file", l->path);
	if (!may_execute(&l->who, &st))
		return refuse(l, -EACCES, "%s is not executable by user %u (mode %04o)", l->path, l->who.uid, st.st_mode & 07777U);
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
			return refuse(l, -ENAMETOOLONG, "its path is too long");
		strcpy(l->path, name);
		return 0;
	}
	for (path = path ? path : DEFAULT_PATH; *name && *path; path = *end ? end + 1 : end) {
		end = strchrnul(path, ':');
		len = text_format(l->path, sizeof(l->path), "%.*s%s%s", (int)(end - path), path, end > path ? "/" : "./", name);
		if (len < sizeof(l->path) && !stat(l->path, &st) && S_ISREG(st.st_mode) && may_execute(&l->who, &st))
			return 0;
	}
	return refuse(l, -ENOENT, "%s is not in PATH", name);
}

/* 0, with unsafe and reason set where there is something to warn of, or -errno and a reason. */
static int prepare(const struct global_conf *g, const struct conf_script *s, struct launch *l)
{
	const char *name = s->argv[0];
	int err;

	l->shell = l->unsafe = false;
	if (!name)
		return refuse(l, -EINVAL, "it is empty");
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
		err = -EPERM;
	return err;
}

bool notify_check_script(const struct config *conf, const struct conf_script *s, void (*tell)(void *ctx, const char *text), void *ctx)
{
	char text[REASON_MAX + 300];
	struct launch l;
	int err = prepare(&conf->global, s, &l);

	if (tell && (err || l.unsafe)) {
		text_format(text, sizeof(text), "script '%.256s' %s: %s", s->text, err ? "not run" : "is unsafe", l.reason);
		tell(ctx, text);
	}
	return !err;
}

bool notify_identity(const struct config *conf, const char *user, const char *group, uid_t *uid, gid_t *gid)
{
	const struct conf_script s = { .user = user, .group = group };
	struct launch l;

	if (identify(&conf->global, &s, &l))
		return false;
	*uid = l.who.uid;
	*gid = l.who.gid;
	return true;
}

/* In the child */

/* These system calls, since libc's functions are made for all threads of a process, and 2.5 KB larger. Where two are, the first had IDs of
 * 16 bits. */
#ifdef SYS_setgroups32
enum { SETGROUPS = SYS_setgroups32, SETGID = SYS_setgid32, SETUID = SYS_setuid32 };
#else
enum { SETGROUPS = SYS_setgroups, SETGID = SYS_setgid, SETUID = SYS_setuid };
#endif

static bool become(const struct identity *who)
{
	if (geteuid())
		return who->uid == geteuid() && who->gid == getegid();
	return !syscall(SETGROUPS, who->group_count, who->groups) && !syscall(SETGID, who->gid) && !syscall(SETUID, who->uid);
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

static size_t count_words(const char *const *words)
{
	size_t n = 0;

	while (words && words[n])
		n++;
	return n;
}

static _Noreturn void run_child(const struct notify *n, const struct conf_script *s, const char *const *extra, struct launch *l, pid_t parent)
{
	size_t own = count_words((const char *const *)s->argv), more = count_words(extra);
	char **argv = calloc(SHELL_WORDS + own + more + 1, sizeof(*argv));
	int log_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;

	loop_child_signals();
	setpgid(0, 0);
	if (n->conf->global.nice)
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
	memcpy(argv, s->argv, own * sizeof(*argv));
	if (more)
		memcpy(argv + own, extra, more * sizeof(*argv));
	execute(l, argv);
	fd = errno;
	if (log_fd >= 0)
		dup2(log_fd, STDERR_FILENO);
	log_error("script '%s' not run: %s", l->path, text_error(fd));
	_exit(0);
}

pid_t notify_spawn(struct notify *n, const struct conf_script *s, const char *const *extra)
{
	struct launch l;
	unsigned held;
	pid_t parent = getpid(), pid = prepare(&n->conf->global, s, &l);

	if (!pid) {
		/* Not vfork: reading a program from slow flash must not hold up adverts. */
		pid = _Fork();
		if (!pid)
			run_child(n, s, extra, &l, parent);
		if (pid < 0)
			pid = refuse(&l, -errno, "%m");
	}
	if (pid > 0)
		setpgid(pid, pid); /* both do it, so that it is done for both when they go on */
	else if (log_allow(&n->refusals, loop_now(), &held))
		log_warn("script '%s' not run: %s", s->text, l.reason);
	return pid;
}

int notify_kill(pid_t pid, int signo)
{
	return kill(-pid, signo) ? -errno : 0;
}

struct notify *notify_new(const struct config *conf)
{
	struct notify *n = calloc(1, sizeof(*n));

	if (n)
		n->conf = conf;
	return n;
}

void notify_set_config(struct notify *n, const struct config *conf)
{
	n->conf = conf;
}

void notify_free(struct notify *n)
{
	free(n);
}

/* Queues */

static struct job *job_new(const struct conf_script *s, const char *const *extra)
{
	const char *const others[] = { s->text ? s->text : "", s->user ? s->user : "", s->group ? s->group : "", NULL };
	const char *const *const lists[] = { others, (const char *const *)s->argv, extra }, *const *word;
	size_t size = 0, words = 0, i;
	struct job *job;
	char **list, *to;

	for (i = 0; i < 3; i++)
		for (word = lists[i]; word && *word; word++) {
			size += strlen(*word) + 1;
			words++;
		}
	job = calloc(1, sizeof(*job) + (words + 1) * sizeof(char *) + size);
	if (!job)
		return NULL;
	list = job->words;
	to = (char *)(list + words + 1);
	for (i = 0; i < 3; i++)
		for (word = lists[i]; word && *word; word++) {
			*list++ = to;
			to = stpcpy(to, *word) + 1;
		}
	list = job->words;
	job->script = (struct conf_script){ list[0], list + 3, s->user ? list[1] : NULL, s->group ? list[2] : NULL };
	return job;
}

static struct job *take_first(struct notify_queue *q)
{
	struct job *job = q->waiting;

	q->waiting = job->next;
	q->waiting_count--;
	return job;
}

static void on_end(struct child *c, int wait_status);
static void on_patience_lost(struct timer *t);

/* Starts what may be started. */
static void advance(struct notify_queue *q)
{
	struct job *job;
	pid_t pid;

	while (!q->holder && q->waiting && q->running_count < RUNNING_MAX) {
		job = take_first(q);
		pid = notify_spawn(q->notify, &job->script, NULL);
		if (pid < 0) {
			free(job);
			continue;
		}
		job->queue = q;
		job->next = q->running;
		q->running = q->holder = job;
		q->running_count++;
		job->child.pid = pid;
		job->child.cb = on_end;
		child_add(&job->child);
		job->patience.cb = on_patience_lost;
		timer_set(&job->patience, PATIENCE_US);
	}
}

static void on_end(struct child *c, int wait_status)
{
	struct job *job = container_of(c, struct job, child);
	struct notify_queue *q = job->queue;
	struct job **at = &q->running;

	(void)wait_status;
	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	q->running_count--;
	timer_stop(&job->patience);
	if (q->holder == job)
		q->holder = NULL;
	free(job);
	advance(q);
}

static void on_patience_lost(struct timer *t)
{
	struct job *job = container_of(t, struct job, patience);
	struct notify_queue *q = job->queue;

	q->holder = NULL;
	if (q->waiting)
		log_info("(%s) script '%s' still runs, the next one no longer waits for it", q->name, job->script.text);
	advance(q);
}

struct notify_queue *notify_queue_new(struct notify *n, const char *name)
{
	struct notify_queue *q = calloc(1, sizeof(*q) + strlen(name) + 1);

	if (q) {
		q->notify = n;
		strcpy(q->name, name);
	}
	return q;
}

void notify_queue_free(struct notify_queue *q)
{
	struct job *job;

	if (!q)
		return;
	while (q->waiting) {
		job = take_first(q);
		notify_spawn(q->notify, &job->script, NULL);
		free(job);
	}
	while ((job = q->running)) {
		q->running = job->next;
		timer_stop(&job->patience);
		child_remove(&job->child);
		free(job);
	}
	free(q);
}

/* Keys never decrease, so those of older transitions stand in front. */
static void drop_outdated(struct notify_queue *q, unsigned key)
{
	struct job *old;

	while (q->waiting && (q->waiting_count >= WAITING_MAX || (int)(key - q->waiting->key) > 0)) {
		old = take_first(q);
		log_info("(%s) script '%s' dropped before it could start", q->name, old->script.text);
		free(old);
	}
}

int notify_queue_run(struct notify_queue *q, const struct conf_script *s, const char *const *extra, unsigned group_key)
{
	struct job *job = job_new(s, extra), **at;

	if (!job)
		return -ENOMEM;
	job->key = group_key;
	drop_outdated(q, group_key);
	for (at = &q->waiting; *at; at = &(*at)->next)
		;
	*at = job;
	q->waiting_count++;
	advance(q);
	return 0;
}

bool notify_queue_busy(const struct notify_queue *q)
{
	return q->waiting || q->running;
}

bool notify_queue_pending(const struct notify_queue *q)
{
	return q->waiting || q->holder;
}
