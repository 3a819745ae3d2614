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

/* 0 with LVS=no: virtual servers are skipped with a warning. */
#ifndef HAVE_LVS
#define HAVE_LVS 1
#endif

struct out;

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

struct command_conf { /* where a script is named */
	struct conf_node node;
	const struct conf_script *script;
};

struct conf_name { /* lists of names or texts: members of a group, mail recipients */
	struct conf_node node;
	const char *name;
};

struct vip_conf {
	struct conf_node node;
	const char *dev;     /* NULL: the instance's interface */
	const char *label;
	const char *track_group; /* static addresses: name of a track_group */
	bool no_track;
	bool use_vmac;       /* an address on another interface gets a macvlan of its own there */
	/* From here on, and the label: what the kernel is told. */
	struct addr addr, peer;
	uint8_t prefix, scope;
	struct addr broadcast;
	bool broadcast_auto; /* brd + */
	bool broadcast_none; /* brd - : as ip(8) has it, the address with its host bits cleared */
	bool dad;            /* -nodad: duplicates are looked for, else never */
	bool has_preferred_lft; /* IPv6 without, and of /128: deprecated, never chosen as a source */
	uint32_t flags;      /* IFA_F_* : nodad, home, mngtmpaddr, noprefixroute */
	uint32_t preferred_lft_s; /* 0: deprecated */
};

/* One way of a multipath route. */
struct nexthop_conf {
	struct conf_node node;
	struct addr via;     /* may be unset */
	const char *dev;     /* or NULL */
	uint16_t weight;     /* 1-256 */
	uint8_t family;      /* as written before via, or 0 */
	bool onlink;
	uint32_t realms;
};

#define ROUTE_METRICS 18 /* RTAX_MAX + 1 of Linux 4.15 on */
enum route_order { ROUTE_PREPEND, ROUTE_ADD, ROUTE_APPEND };
/* virtual_routes, static_routes. Names of interfaces, tables, protocols are resolved where the route is applied. */
struct route_conf {
	struct conf_node node;
	/* In the order of struct rtmsg. */
	uint8_t family;          /* AF_INET or AF_INET6 */
	uint8_t dst_prefix, from_prefix;
	uint8_t tos;
	uint8_t no_table;        /* 0 */
	uint8_t protocol;        /* RTPROT_*, 18 (keepalived) by default */
	uint8_t scope;           /* RT_SCOPE_* */
	uint8_t type;            /* RTN_*, RTN_UNICAST by default */
	bool no_track, onlink;
	uint32_t table;          /* RT_TABLE_MAIN by default */
	const char *table_name;  /* neither a number nor main, local, default: to be looked up in rt_tables; else NULL */
	const char *dev;         /* or NULL */
	const char *vrf;         /* the table is this device's, or NULL */
	const char *track_group; /* static routes, or NULL */
	struct addr dst;         /* set, maybe to 0.0.0.0 or :: */
	struct addr from;        /* IPv6 source routing, or unset */
	uint32_t realms;
	/* Up to here as a rule. */
	struct addr src;         /* preferred source, or unset */
	struct addr via;         /* gateway, or unset; may be of the other family */
	uint8_t order;           /* enum route_order */
	bool has_metric, has_expires, has_pref;
	uint8_t pref;            /* ICMPV6_ROUTER_PREF_* */
	int8_t ttl_propagate;    /* enum conf_tristate */
	uint32_t metric, expires_s;
	uint32_t metrics[ROUTE_METRICS]; /* by RTAX_*, in the kernel's units */
	uint32_t metrics_set, metrics_locked; /* bits 1 << RTAX_* */
	const char *congctl;     /* or NULL */
	struct conf_list nexthops; /* nexthop_conf; then via and dev are unset */
};

/* virtual_rules, static_rules. */
struct rule_conf {
	struct conf_node node;
	uint8_t family;
	uint8_t to_prefix, from_prefix;
	uint8_t tos;
	uint8_t none[3];         /* 0 */
	uint8_t action;          /* FR_ACT_* */
	bool no_track, invert;
	uint32_t table;
	const char *table_name;
	const char *iif, *oif;   /* or NULL */
	const char *track_group;
	struct addr to, from;    /* unset: all */
	uint32_t realms;
	/* Up to here as a route. */
	uint8_t protocol, ip_proto;
	bool l3mdev;
	bool has_fwmark, has_fwmask, has_protocol, has_ip_proto, has_uid_range, has_sport, has_dport, has_suppress_group;
	uint32_t preference;     /* always set after the checks */
	uint32_t goto_target;
	uint32_t fwmark, fwmask;
	int32_t suppress_prefixlen; /* -1: unset */
	uint32_t suppress_group;
	uint32_t tunnel_id;
	uint32_t uid_first, uid_last;
	uint16_t sport_first, sport_last, dport_first, dport_last;
};

struct peer_conf {
	struct conf_node node;
	struct addr addr;
	uint8_t min_ttl, max_ttl; /* 0-255; 0 and 255: no limit */
};

/* track_interface, track_script, track_process, track_file within an instance or group. */
enum { TRACK_INTERFACES, TRACK_SCRIPTS, TRACK_PROCESSES, TRACK_FILES, TRACK_LISTS };
struct track_conf {
	struct conf_node node;
	const char *name;
	unsigned *index;     /* the tracked object's; not of interfaces */
	int weight;
	bool has_weight;    /* written here, else it is the tracked object's own */
	bool reverse;
};

/* Tracked objects have an index, counted through the three lists: the runtime keeps its state in arrays. All begin alike, up to tracked. */
struct vrrp_script_conf {
	struct conf_node node;
	unsigned index;
	const char *name;
	int weight;
	bool reverse;
	uint16_t tracked;        /* how often */
	struct conf_script script;
	uint64_t interval_us, timeout_us; /* timeout 0: the interval */
	unsigned rise, fall;
	bool init_fail;
};
enum param_match { PARAM_NONE, PARAM_EXACT, PARAM_INITIAL, PARAM_PARTIAL };
struct track_process_conf {
	struct conf_node node;
	unsigned index;
	const char *name;
	int weight;
	bool reverse;
	uint16_t tracked;
	const char *process;
	const char *params;      /* the arguments to match, words NUL-separated, or NULL */
	unsigned params_len;
	uint8_t param_match;     /* enum param_match */
	bool full_command;
	unsigned quorum, quorum_max; /* quorum_max UINT_MAX: none */
	uint64_t fork_delay_us, terminate_delay_us;
};
struct track_file_conf {
	struct conf_node node;
	unsigned index;
	const char *name;
	int weight;
	bool reverse;
	uint16_t tracked;
	const char *path;
	bool init_create, init_overwrite;
	int init_value;
};

/* As vrrp.h numbers what is told. */
enum { NOTIFY_ANY, NOTIFY_BACKUP, NOTIFY_MASTER, NOTIFY_FAULT, NOTIFY_STOP, NOTIFY_DELETED, NOTIFY_LOWER, NOTIFY_SCRIPTS };
struct notify_conf {
	const struct conf_script *scripts[NOTIFY_SCRIPTS];
	bool deleted_state;    /* notify_deleted: DELETED is told, not FAULT */
	bool priority_changes; /* notify_priority_changes */
	bool smtp_alert;
};

struct garp_conf {
	uint64_t master_delay_us;   /* 5 s */
	uint64_t refresh_us;        /* 0: none */
	uint64_t lower_delay_us;    /* master_delay */
	uint64_t extra_us;          /* garp_extra_if, 0: none */
	uint32_t master_repeat;     /* 5 */
	uint32_t refresh_repeat;    /* 1 */
	uint32_t lower_repeat;      /* master_repeat; 0: none */
};

/* auth_hmac */
struct hmac_key_conf {
	struct conf_node node;
	uint8_t id;              /* 1-255 */
	uint8_t len;             /* 32-64, 0 with file */
	uint8_t key[64];
	const char *file;        /* key material is read from here at run time, or NULL */
};
enum hmac_mode { HMAC_ENFORCE, HMAC_PERMISSIVE, HMAC_RECEIVE_ONLY };
struct hmac_conf {
	struct conf_list keys;   /* hmac_key_conf */
	uint8_t active_key;
	bool monotonic;          /* anti_replay monotonic */
	uint8_t mode;            /* enum hmac_mode */
	unsigned time_window_s;  /* resolved */
};

enum conf_ipvlan { CONF_IPVLAN_BRIDGE, CONF_IPVLAN_PRIVATE, CONF_IPVLAN_VEPA };

/* What many instances say alike, or do not say: there is one for all that do. */
struct vrrp_common {
	struct garp_conf garp;
	struct notify_conf notify;
	struct conf_list tracks[TRACK_LISTS]; /* track_conf */
	struct conf_list evips;  /* vip_conf, excluded ones */
	struct conf_list routes; /* route_conf */
	struct conf_list rules;  /* rule_conf */
	const char *vmac_group;  /* link group, number or name, or NULL */
	const char *vrf;
	unsigned rx_buf_size;    /* kernel_rx_buf_size, 0: default */
	unsigned debug;
	struct addr ipvlan_addr;
};

/* Small fields come first in the larger structs: they are what code looks at, and a short way off the pointer makes for short code. */
struct vrrp_conf {
	struct conf_node node;
	const char *name;
	const char *interface;
	uint8_t version;         /* 2 or 3, never 0 after the checks */
	uint8_t vrid;            /* 0: missing, does not run */
	uint8_t family;          /* AF_INET or AF_INET6 */
	uint8_t priority;
	bool broken;             /* an error above: not run */
	bool nopreempt;
	bool unicast;            /* has peers, or unicast_fault_no_peer with none */
	bool unicast_fault_no_peer;
	bool track_source;       /* track_src_ip */
	bool old_unicast_checksum;
	bool start_master;
	/* Inherited from those of struct global_conf, which has them in this order. */
	bool strict, accept, lower_prio_no_advert, higher_prio_send_advert, owner_ignore_adverts, skip_check_adv_addr;
	bool checksum_without_pseudo; /* v3_checksum_as_v2 */
	int8_t check_unicast_src; /* conf_tristate, resolved */
	bool no_virtual_ipaddress;
	bool promote_secondaries;
	bool dont_track_primary;
	bool linkbeat_use_polling;
	uint8_t auth_type;       /* enum vrrp_auth */
	uint8_t auth_data[9];    /* 8 at most, padded with NUL */
	bool use_vmac, vmac_xmit_base, use_ipvlan, use_vmac_addr;
	bool vmac_has_mac;
	bool vmac_notify;        /* netlink_notify_msg */
	uint8_t ipvlan_prefix;
	uint8_t ipvlan_mode;     /* enum conf_ipvlan */
	uint8_t vmac_mac[6];
	uint8_t down_timer_adverts;
	uint8_t timer_expired_backup; /* highest priority of the others, 0: off */
	bool garp_extra_all;     /* garp_extra_if all: not on VMACs alone */
	struct addr source;      /* mcast_src_ip or unicast_src_ip */
	struct addr mcast_group;
	uint32_t advert_us;
	unsigned index;          /* within config.instances */
	int unicast_ttl;         /* 255 */
	uint64_t preempt_delay_us;
	const struct group_conf *group; /* NULL: in none */
	const struct hmac_conf *hmac; /* or NULL */
	struct vrrp_common *common;
	struct conf_list vips;   /* vip_conf, advertised */
	struct conf_list peers;  /* peer_conf */
	const char *vmac_name;   /* of a macvlan or ipvlan */
};

/* Both together: while an instance is read, and for tables of keywords. */
struct vrrp_whole {
	struct vrrp_conf conf;
	struct vrrp_common common;
};

struct group_conf {
	struct conf_node node;
	const char *name;
	unsigned index;
	struct conf_list members;    /* conf_name, those that run */
	const struct vrrp_conf **instances; /* members that exist, instance_count of them */
	unsigned instance_count;
	bool tracking_weight;        /* sgroup_tracking_weight */
	bool global_tracking;
	struct conf_list tracks[TRACK_LISTS];
	struct notify_conf notify;
};

struct fifo_conf {
	const char *path;          /* NULL: none */
	struct conf_script *script;
	const char *user, *group;
};

enum rx_bufs_policy { RX_BUFS_DEFAULT, RX_BUFS_MTU, RX_BUFS_ADVERT, RX_BUFS_SIZE };
enum lvs_flush { LVS_FLUSH_NONE, LVS_FLUSH_FULL, LVS_FLUSH_VS };

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
	/* mail */
	struct conf_list mail_to;  /* conf_name */
	const char *mail_from;     /* NULL: keepalived@host */
	const char *smtp_server;   /* address or name, NULL: no mail */
	uint16_t smtp_port;
	const char *smtp_helo;     /* NULL: host name */
	uint64_t smtp_timeout_us;
	bool email_faults;         /* not no_email_faults */
	bool smtp_alert, smtp_alert_checker; /* where nothing nearer says otherwise */
	/* vrrp */
	bool notify_priority_changes, smtp_alert_vrrp;
	struct addr mcast_group4, mcast_group6;
	uint8_t version;
	uint64_t startup_delay_us, delay_after_boot_us;
	uint64_t garp_interval_us, gna_interval_us;
	bool strict, accept, lower_prio_no_advert, higher_prio_send_advert, owner_ignore_adverts, skip_check_adv_addr, checksum_without_pseudo,
		check_unicast_src;
	bool bare_iptables;        /* vrrp_iptables without a chain: "add no rules" */
	int realtime_priority, nice; /* 0: unchanged */
	unsigned realtime_limit_us; /* RLIMIT_RTTIME, 10000 */
	bool no_swap;
	bool dynamic_interfaces, allow_if_changes;
	const char *default_interface; /* never NULL after the checks: eth0 */
	const char *vmac_name_prefix;  /* vmac_prefix, NULL: vrrp */
	const char *vmac_addr_name_prefix; /* vmac_addr_prefix, NULL: the former */
	uint8_t rx_bufs_policy;    /* enum rx_bufs_policy; with RX_BUFS_SIZE: rx_buf_size */
	unsigned rx_buf_size;
	unsigned rx_bufs_multiplier;   /* 3 */
	bool garp_extra_all;
	struct garp_conf garp;     /* what instances start from */
	uint8_t down_timer_adverts;
	bool log_unknown_vrids, disable_local_igmp;
	bool linkbeat_use_polling;
	const char *nft_table;     /* nftables, NULL: keepalived */
	int nft_priority;          /* -1 */
	bool nft_counters;
	/* files */
	int umask;                 /* -1: unset */
	const char *dump_files[3]; /* data, JSON, statistics; NULL: in /tmp */
	uint8_t json_version;      /* 1 or 2 */
	bool data_use_instance;
	bool set_supplementary_groups;
	/* checkers */
	const char *net_namespace_ipvs; /* NULL: the daemon's own; "": the default one */
	bool checker_log_all_failures, rs_init_notifies, no_checker_emails;
	bool lvs_flush;
	uint8_t lvs_flush_on_stop; /* enum lvs_flush */
	unsigned lvs_timeout_tcp_s, lvs_timeout_tcpfin_s, lvs_timeout_udp_s; /* 0: leave as it is */
	struct {
		const char *interface; /* NULL: no sync daemon */
		const char *instance;  /* or NULL: both roles, always */
		int id;                /* -1: the instance's VRID, or 0 */
		uint16_t maxlen, port; /* 0: the kernel's */
		uint8_t ttl;           /* 0: the kernel's */
		struct addr group;     /* or unset */
	} lvs_sync;
	const char *ssl_ca;        /* or NULL */
};

/* IPVS. Numbers of methods, flags and tunnel types are the kernel's. */
struct lvs_forward {
	bool set;
	uint8_t method;    /* IP_VS_CONN_F_MASQ 0, _TUNNEL 2, _DROUTE 3 */
	uint8_t tun_type;  /* 0 ipip, 1 gue, 2 gre */
	uint8_t tun_flags; /* 0 nocsum, 1 csum, 2 remcsum */
	uint16_t tun_port; /* gue */
};

/* May be set on a virtual server, a real server, a checker; each level inherits from the one above. In a check_conf all are resolved;
 * above, all bits are set where nothing was written. */
struct check_settings {
	uint64_t delay_loop_us;         /* 60 s */
	uint64_t delay_before_retry_us; /* delay_loop for DNS, 3 s for HTTP, else 1 s */
	uint64_t connect_timeout_us;    /* 5 s */
	uint64_t warmup_us;             /* delay_loop; 0: none */
	uint32_t retry;                 /* 1; DNS: 3; MISC: 0 */
	int8_t alpha;
};

enum check_kind { CHECK_TCP, CHECK_HTTP, CHECK_SSL, CHECK_SMTP, CHECK_DNS, CHECK_MISC, CHECK_UDP, CHECK_PING, CHECK_FILE };
enum http_version { HTTP_1_0, HTTP_1_0C, HTTP_1_1 };

struct status_range {
	uint16_t first, last;
};
struct url_conf {
	struct conf_node node;
	const char *path;
	const char *virtualhost; /* or NULL: the checker's */
	bool has_digest, tls_compliant;
	uint8_t digest[16];      /* MD5 */
	uint16_t status_count;
	const struct status_range *status; /* 200-299 where nothing was written */
};

struct check_conf {
	struct conf_node node;
	enum check_kind kind;
	/* Resolved: the real server's where not given. */
	struct addr connect_ip;
	struct addr bindto;      /* or unset */
	uint16_t connect_port, bind_port;
	uint32_t fwmark;         /* up to here compared as bytes: see check_same() */
	const char *bind_if;     /* or NULL */
	bool log_all_failures;
	struct check_settings set;
	union {
		struct {
			struct conf_list urls; /* url_conf, at least one */
			const char *virtualhost; /* resolved from real and virtual server, or NULL */
			const char *sni_name;  /* or NULL: virtualhost */
			uint8_t version;       /* enum http_version */
			bool enable_sni, tls_compliant, fast_recovery;
		} http;              /* CHECK_HTTP, CHECK_SSL */
		struct {
			const char *name;
			uint8_t type;        /* RR type, 6 (SOA) by default */
		} dns;
		struct {
			struct conf_script script;
			uint64_t timeout_us; /* delay_loop by default */
			bool dynamic;
		} misc;
		struct {
			const uint8_t *payload; /* NULL: a random one */
			const uint8_t *reply, *reply_mask; /* reply_len bytes each, or NULL */
			uint16_t payload_len, reply_len;
			uint16_t min_reply, max_reply;
			bool require_reply;
		} udp;
		struct {
			const char *helo;    /* NULL: keepalived's own */
			struct conf_list hosts; /* empty after the load */
		} smtp;
		struct {
			const char *name;
			const struct track_file_conf *file; /* never NULL after the checks */
			int weight;          /* resolved */
			bool has_weight, reverse;
		} file;
	} u;
};

struct real_server_conf {
	struct conf_node node;
	struct addr addr;
	uint16_t port;           /* resolved: the virtual server's where not given */
	struct lvs_forward forward; /* resolved */
	int weight;              /* resolved */
	uint32_t uthreshold, lthreshold;
	bool inhibit;            /* inhibit_on_failure */
	bool smtp_alert;
	const struct conf_script *notify_up, *notify_down; /* or NULL */
	const char *virtualhost; /* or NULL */
	struct check_settings set;
	struct conf_list checks; /* check_conf */
};

/* An address range, or a firewall mark. */
struct vs_entry_conf {
	struct conf_node node;
	struct addr first, last; /* unset for a firewall mark; equal for a single address */
	uint16_t port;
	uint32_t fwmark;
	uint8_t family;          /* of a firewall mark, AF_UNSPEC where not given */
};
struct vs_group_conf {
	struct conf_node node;
	const char *name;
	struct conf_list entries; /* vs_entry_conf */
};

struct virtual_server_conf {
	struct conf_node node;
	bool broken;             /* an error above: not run */
	const char *group_name;  /* or NULL */
	const struct vs_group_conf *group;
	struct addr addr;        /* unset with a group or a firewall mark */
	uint16_t port;
	uint32_t fwmark;         /* 0: none */
	uint8_t family;          /* never AF_UNSPEC after the checks, but for groups of both families */
	uint8_t protocol;        /* IPPROTO_TCP, _UDP, _SCTP; 0 for a firewall mark alone */
	const char *scheduler;   /* "wlc" by default */
	uint32_t flags;          /* IP_VS_SVC_F_* as written; PERSISTENT follows from persistence_s */
	uint32_t persistence_s;  /* 0: none */
	uint32_t persistence_mask; /* granularity as the kernel takes it: IPv4 netmask in network order, not always solid; IPv6 prefix length */
	const char *persistence_engine; /* or NULL */
	struct lvs_forward forward;
	const char *virtualhost;
	bool ha_suspend, alpha, omega, inhibit, smtp_alert;
	int weight;              /* for real servers that have none: 1 */
	unsigned quorum, hysteresis;
	const struct conf_script *quorum_up, *quorum_down;
	struct check_settings set;
	struct real_server_conf sorry; /* addr is unset where there is none; no checks */
	struct conf_list real_servers; /* real_server_conf */
};

/* garp_group: a delay shared by interfaces. */
struct garp_group_conf {
	struct conf_node node;
	struct conf_list interfaces; /* conf_name */
	uint64_t garp_interval_us, gna_interval_us;
};
struct track_group_conf {
	struct conf_node node;
	const char *name;
	struct conf_list members; /* conf_name: instances */
};
struct interface_delay_conf {
	struct conf_node node;
	const char *interface;
	uint64_t down_us, up_us;
};
enum linkbeat_method { LINKBEAT_ANY, LINKBEAT_MII, LINKBEAT_ETHTOOL, LINKBEAT_IOCTL };
struct linkbeat_conf {
	struct conf_node node;
	const char *interface;
	uint8_t method; /* enum linkbeat_method */
};

struct config {
	struct global_conf global;
	struct conf_list instances;  /* vrrp_conf */
	struct conf_list groups;     /* group_conf */
	struct conf_list scripts;    /* vrrp_script_conf */
	struct conf_list processes;  /* track_process_conf */
	struct conf_list files;      /* track_file_conf */
	struct conf_list static_addresses, static_routes, static_rules; /* vip_conf, route_conf, rule_conf */
	struct conf_list interface_delays; /* interface_delay_conf */
	struct conf_list linkbeat;   /* linkbeat_conf */
	struct conf_list garp_groups; /* garp_group_conf */
	struct conf_list track_groups; /* track_group_conf */
	struct conf_list vs_groups;  /* vs_group_conf */
	struct conf_list virtual_servers; /* virtual_server_conf */
	struct conf_list commands;   /* command_conf: all scripts that there are */
	struct conf_list messages;   /* conf_name: the texts of errors, without file and line */
	unsigned errors, warnings;
	struct arena *arena;
};

struct conf_options {
	const char *id;         /* -i: for @id lines; NULL: the host name's */
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
/* Prints the effective configuration in a form that conf_load() reads to the same meaning. show_secrets: unmasked. */
void conf_dump(const struct config *, struct out *, bool show_secrets);
/* Emits (emit.h) a route, or a rule, of an instance as it is written there. */
void conf_dump_line(bool rule, const void *item);

#endif
