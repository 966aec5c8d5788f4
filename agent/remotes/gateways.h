/* The gateways of the VPCs that are in use here: which candidates are alive,
 * and what this node's part is. */
#ifndef GA_GATEWAYS_H
#define GA_GATEWAYS_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/remotes/gateway-place.h"
#include "agent/switch/flow-owner.h"
#include "openvswitch/shash.h"
#include "simap.h"
#include "sset.h"

struct agent;
struct ct_limits;
struct m_gateway;
struct m_nve;

/* Which of a gateway's groups of buckets. */
enum {
    GATEWAY_GROUP_SOURCE,
    GATEWAY_GROUP_OWNER,
    GATEWAY_GROUP_LOST,
    GATEWAY_GROUP_SENDER,
    GATEWAY_N_GROUPS
};

/* A gateway of a VPC that is in use here. */
struct gateway {
    struct m_gateway *gw;           /* It is valid. */
    char *problem;                  /* Why it cannot be used here, or NULL. */

    /* Who has its addresses. */
    bool has_rank;                  /* We are one of its candidates. */
    struct sset better;             /* Those before us, by name. */
    long long int claim_until;      /* Ours has come to have fewer before it:
                                     * the one that had the addresses may not
                                     * know yet.  msec. */
    bool affected;                  /* Scratch: something of it changed. */
    bool active;                    /* We have them, as the agent sees it.
                                     * While the switch has not been read this
                                     * follows what the database says of BFD,
                                     * which may be old. */
    uint32_t n_changes;             /* How often that became true. */

    /* Connections, if this node is a candidate or was. */
    uint16_t zone;                  /* 0: none. */
    bool exhausted;                 /* Some could not be translated lately. */
    bool asking;                    /* For 'n_dropped'. */
    bool counted;                   /* It has been answered once. */
    uint64_t n_dropped;             /* Packets. */
    long long int exhausted_until;  /* msec. */

    /* For answers/gateway-announcements.c. */
    uint32_t n_announced;           /* Of 'n_changes'. */
    int announce_times;             /* Still. */
    long long int announce_at;      /* msec. */

    /* For flows/gateway-flows.c. */
    bool flows_dirty;               /* For gateway_flows_run(). */
    struct flow_owner flows;
    struct flow_owner drops;        /* What was not translated. */
    struct flow_owner lost;         /* For answers of unknown connections. */
    uint32_t groups[GATEWAY_N_GROUPS];  /* Ids; 0: none. */
    struct simap returns;           /* NVE -> id: see flows/return-stage.h. */
};

struct gateways {
    struct shash all;               /* Name -> "struct gateway". */
    struct sset peers;              /* NVEs that BFD is to run with. */
    struct gateway_place place;     /* Of this node in all of them. */
    bool place_known;               /* The switch has been read. */
    bool confirmed;                 /* ...and has confirmed something. */
    bool dirty;                     /* For gateways_run(). */
    bool flows_dirty;               /* Some have 'flows_dirty'. */
    bool plans_dirty;               /* For plan_flows_run(). */
    struct ct_limits *limits;       /* Of their zones. */
    long long int query_at;         /* When counters are read: msec. */
    long long int wake_at;          /* msec, or 0. */
};

/* 'rundir' is the directory with ovs-vswitchd's control socket. */
struct gateways *gateways_create(const char *rundir);
/* Before the ofctrl is destroyed. */
void gateways_destroy(struct agent *);

/* BFD of a tunnel or an attachment changed. */
void gateways_touch(struct gateways *);

/* Follows the objects, BFD and uplinks.  To be called after remotes_run(), and
 * before flows are made. */
void gateways_run(struct agent *);
void gateways_wait(const struct agent *);

/* The gateway of that name if it is in use here, or NULL. */
struct gateway *gateways_find(const struct agent *, const char *name);

/* How long BFD takes to see that a candidate is dead: ms. */
unsigned int gateway_get_detect_time(const struct gateway *);

/* Up to this many nodes are watched for whether BFD is up with anybody. */
#define GATEWAY_MAX_WITNESSES 16

/* Stores in 'nves' the remotes that tell by BFD that it is not we who have
 * been cut off, and returns how many: other candidates, and nodes with
 * endpoints of the VPC.  None if there are no such nodes or if all are known
 * to be dead; then nobody can tell. */
size_t gateway_get_witnesses(const struct agent *, const struct gateway *,
                             const struct m_nve *nves[GATEWAY_MAX_WITNESSES]);

#endif /* agent/remotes/gateways.h */
