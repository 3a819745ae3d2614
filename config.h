/* SPDX-License-Identifier: MIT */
/*
 * What keepalived.conf says, after defaults and checks: data only, const once loaded. Anyone may include it.
 * One `struct config` owns everything in it, strings included, in one arena; conf_free() frees all at once.
 * Times are in microseconds (_us) unless the name says otherwise. No system calls but reading the files.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "addr.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* First member of everything that stands in a list. file and line: where it was written. */
struct conf_node {
	struct conf_node *next;
	const char *file;
	unsigned line;
};
struct conf_list {
	struct conf_node *first, *last;
	unsigned count;
};
#define CONF_EACH(type, item, list) \
	for (const type *item = (const type *)(const void *)(list)->first; item; \
	     item = (const type *)(const void *)((const struct conf_node *)(const void *)item)->next)

/* A value that may be left to a wider scope. */
enum conf_tristate { CONF_UNSET = -1, CONF_NO = 0, CONF_YES = 1 };

struct conf_script {
	const char *text;    /* as written */
	char *const *argv;   /* words, NULL-terminated; argv[0] is the program */
	const char *user, *group; /* as written, or NULL: script_user, keepalived_script, root */
};

struct conf_name { /* lists of names: members of a group, mail recipients */
	struct conf_node node;
	const char *name;
};

struct vip_conf {
	struct conf_node node;
	struct addr addr, peer, broadcast;
	bool broadcast_auto; /* brd + */
	bool broadcast_none; /* brd - */
	uint8_t prefix;
	uint8_t scope;
	const char *dev;     /* NULL: the instance's interface */
	const char *label;
	uint32_t flags;      /* IFA_F_* : nodad, home, mngtmpaddr, noprefixroute */
	bool has_preferred_lft;
	uint32_t preferred_lft_s;
	bool no_track;
	const char *track_group;
};

struct peer_conf {
	struct conf_node node;
	struct addr addr;
	uint8_t min_ttl, max_ttl; /* 0-255; 0 and 255: no limit */
};

/* track_interface, track_script, track_process, track_file within an instance or group. */
struct track_conf {
	struct conf_node node;
	const char *name;
	int weight;
	bool has_weight;    /* else the tracked object's own */
	bool reverse;
	bool no_weight_limit;
};

/* Tracked objects have an index within their list: the runtime keeps its state in arrays. */
struct vrrp_script_conf {
	struct conf_node node;
	unsigned index;
	const char *name;
	struct conf_script script;
	uint64_t interval_us, timeout_us; /* timeout 0: the interval */
	int weight;
	bool reverse;
	unsigned rise, fall;
	bool init_fail;
};
struct track_process_conf {
	struct conf_node node;
	unsigned index;
	const char *name;
	const char *process;
	const char *params;      /* the arguments to match, words NUL-separated, or NULL */
	unsigned params_len;
	enum { PARAM_NONE, PARAM_EXACT, PARAM_INITIAL, PARAM_PARTIAL } param_match;
	bool full_command;
	int weight;
	bool reverse;
	unsigned quorum, quorum_max; /* quorum_max UINT_MAX: none */
	uint64_t fork_delay_us, terminate_delay_us;
};
struct track_file_conf {
	struct conf_node node;
	unsigned index;
	const char *name;
	const char *path;
	int weight;
	bool reverse;
	bool init_create, init_overwrite;
	int init_value;
};

struct notify_conf {
	const struct conf_script *master, *backup, *fault, *stop, *deleted, *any, *master_rx_lower_pri;
	bool priority_changes; /* notify_priority_changes */
	bool smtp_alert;
};

struct garp_conf {
	uint64_t master_delay_us;   /* 5 s */
	unsigned master_repeat;     /* 5 */
	uint64_t refresh_us;        /* 0: none */
	unsigned refresh_repeat;    /* 1 */
	uint64_t lower_delay_us;    /* master_delay */
	unsigned lower_repeat;      /* master_repeat; 0: none */
};

struct vrrp_conf {
	struct conf_node node;
	const char *name;
	const char *interface;
	unsigned index;          /* within config.instances */
	uint8_t version;         /* 2 or 3, never 0 after the checks */
	uint8_t vrid;            /* 0: missing, does not run */
	bool broken;             /* an error above: not run */
	uint8_t priority;
	bool start_master;
	bool nopreempt;
	uint64_t preempt_delay_us;
	uint32_t advert_us;
	unsigned down_timer_adverts;
	uint8_t family;          /* AF_INET or AF_INET6 */
	struct addr source;      /* mcast_src_ip or unicast_src_ip */
	bool track_source;       /* track_src_ip */
	struct addr mcast_group;
	bool unicast;            /* has peers, or unicast_fault_no_peer with none */
	struct conf_list peers;  /* peer_conf */
	bool unicast_fault_no_peer;
	int unicast_ttl;         /* 255 */
	int check_unicast_src;   /* conf_tristate, resolved */
	bool old_unicast_checksum;
	bool checksum_without_pseudo; /* v3_checksum_as_v2 */
	bool skip_check_adv_addr;
	bool strict;
	bool accept;
	bool lower_prio_no_advert, higher_prio_send_advert, owner_ignore_adverts;
	bool promote_secondaries;
	bool dont_track_primary;
	bool linkbeat_use_polling;
	unsigned rx_buf_size;    /* kernel_rx_buf_size, 0: default */
	uint8_t auth_type;       /* enum vrrp_auth */
	uint8_t auth_data[8];    /* padded with NUL */
	struct conf_list vips;   /* vip_conf, advertised */
	struct conf_list evips;  /* vip_conf, excluded ones */
	struct conf_list routes; /* route_conf */
	struct conf_list rules;  /* rule_conf */
	struct conf_list track_interfaces, track_scripts, track_processes, track_files; /* track_conf */
	struct garp_conf garp;
	const char *garp_extra_interface;
	uint64_t garp_extra_interval_us;
	struct notify_conf notify;
	bool use_vmac, vmac_xmit_base, use_ipvlan, use_vmac_addr;
	bool vmac_has_mac;
	uint8_t vmac_mac[6];
	const char *vmac_name;
	struct addr ipvlan_addr;
	uint8_t ipvlan_prefix;
	const char *lvs_sync_interface;
	unsigned debug;
	const struct group_conf *group; /* NULL: in none */
};

struct group_conf {
	struct conf_node node;
	const char *name;
	unsigned index;
	struct conf_list members;    /* conf_name, as written */
	const struct vrrp_conf **instances; /* members that exist, instance_count of them */
	unsigned instance_count;
	bool tracking_weight;        /* sgroup_tracking_weight */
	bool global_tracking;
	struct conf_list track_interfaces, track_scripts, track_processes, track_files;
	struct notify_conf notify;
};

struct fifo_conf {
	const char *path;          /* NULL: none */
	struct conf_script *script;
	const char *user, *group;
};

struct global_conf {
	const char *router_id;     /* NULL: host name */
	const char *instance_name; /* instance */
	const char *net_namespace;
	bool use_pid_dir;
	unsigned child_wait_s;
	const char *script_user, *script_group; /* NULL: keepalived_script if it exists, else root */
	bool script_security;
	bool use_symlink_paths;
	const struct conf_script *startup_script, *shutdown_script;
	uint64_t startup_timeout_us, shutdown_timeout_us;
	struct fifo_conf notify_fifo, vrrp_notify_fifo, lvs_notify_fifo;
	bool fifo_write_vrrp_states_on_reload;
	bool notify_priority_changes;
	/* mail */
	struct conf_list mail_to;  /* conf_name */
	const char *mail_from;     /* NULL: keepalived@host */
	const char *smtp_server;   /* address or name, NULL: no mail */
	uint16_t smtp_port;
	const char *smtp_helo;     /* NULL: host name */
	uint64_t smtp_timeout_us;
	bool email_faults;         /* not no_email_faults */
	bool smtp_alert_checker;
	/* vrrp */
	struct addr mcast_group4, mcast_group6;
	uint8_t version;
	uint64_t startup_delay_us, delay_after_boot_us;
	uint64_t garp_interval_us, gna_interval_us;
	bool strict;
	bool bare_iptables;        /* vrrp_iptables without a chain: "add no rules" */
	int realtime_priority, realtime_limit_ms, nice; /* 0: unchanged */
	bool no_swap;
	bool dynamic_interfaces, allow_if_changes;
	uint64_t if_up_delay_us, if_down_delay_us;
	const char *default_interface;
	uint8_t vmac_prefix[5];
	bool has_vmac_prefix;
	const char *vmac_name_prefix;
	unsigned rx_buf_size;
};

struct config {
	struct global_conf global;
	struct conf_list instances;  /* vrrp_conf */
	struct conf_list groups;     /* group_conf */
	struct conf_list scripts;    /* vrrp_script_conf */
	struct conf_list processes;  /* track_process_conf */
	struct conf_list files;      /* track_file_conf */
	struct conf_list static_addresses, static_routes, static_rules; /* vip_conf, route_conf, rule_conf */
	struct conf_list interface_delays;
	unsigned errors, warnings;
	struct arena *arena;
};

/* One message of the loader. severity: 'e' or 'w'. Text carries neither file nor line. */
struct conf_message {
	struct conf_node node;
	char severity;
	const char *text;
};

struct conf_options {
	const char *id;         /* -i: for @id lines; NULL: the host name's */
	bool sealed_passwords;  /* reserved for dumps */
	/* Told each message as it arises; may be NULL. file may be NULL. */
	void (*message)(void *ctx, char severity, const char *file, unsigned line, const char *text);
	void *ctx;
};

/*
 * Reads a file and what it includes. NULL only when the file can't be read or memory is out (errno). Errors in the text are told, counted in
 * config->errors and skipped. The struct also keeps its errors, so that a reload can tell new ones from old.
 */
struct config *conf_load(const char *path, const struct conf_options *);
void conf_free(struct config *);
/* True when `fresh` has an error whose text `running` had not. */
bool conf_has_new_errors(const struct config *running, const struct config *fresh);
/* Writes the effective configuration in a form that conf_load() reads to the same meaning. show_secrets: unmasked. 0 or -EIO. */
int conf_dump(const struct config *, FILE *out, bool show_secrets);

#endif
