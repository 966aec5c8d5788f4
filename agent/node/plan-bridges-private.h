/* What plan-bridges.c and plan-bridges-write.c share. */
#ifndef GA_PLAN_BRIDGES_PRIVATE_H
#define GA_PLAN_BRIDGES_PRIVATE_H 1

#include "agent/node/plan-bridges.h"
#include "smap.h"

#define PLAN_NAME_SIZE 16           /* As of network devices. */

/* The bridge of one plan. */
struct plan_bridge {
    unsigned int k;

    /* Wanted. */
    bool wanted;
    struct in6_addr local_ip;       /* All-zero: any. */
    uint16_t udp_ports[PLAN_BRIDGE_MAX_UDP_PORTS]; /* Distinct, none is 0. */
    size_t n_udp_ports;
    bool noted;                     /* The notes were set. */
    char *order, *remotes, *why;    /* Or NULL. */

    /* In the database.  Rows are good until the IDL runs. */
    const struct ovsrec_bridge *named; /* That has the name, or NULL. */
    const struct ovsrec_bridge *row; /* 'named' if it is ours, or NULL. */
    bool has_patch;                 /* int-txK is there and ours. */
    bool in_the_way;                /* Somebody else has one of the names. */
    bool failed;                    /* A port could not be added. */

    /* For readers. */
    struct plan_bridge_ports info;
    bool ready;                     /* 'info' is complete. */
    char *problem;                  /* Or NULL. */
};

struct plan_bridges {
    struct plan_bridge bridges[PLAN_BRIDGES_MAX]; /* Of plan 1 on. */
    bool dirty;                     /* Something might have to be written. */
    bool plans_changed;             /* For plan_bridges_take_changes(). */
    bool problems_changed;
};

/* A port that a plan's bridge needs. */
struct plan_port {
    char name[PLAN_NAME_SIZE];      /* Of the Port and of its Interface. */
    const char *type;
    struct smap options;
};

/* Which one it is of a plan's. */
enum plan_port_index {
    PLAN_PORT_PATCH,                /* On the integration bridge. */
    PLAN_PORT_PEER,
    PLAN_PORT_TUNNEL,               /* And on: one for each UDP port. */
    PLAN_MAX_PORTS = PLAN_PORT_TUNNEL + PLAN_BRIDGE_MAX_UDP_PORTS
};

/* Fills 'ports' with those that 'bridge' should have.  Returns how many those
 * are, for plan_ports_destroy(). */
size_t plan_ports_init(struct plan_port ports[PLAN_MAX_PORTS],
                       const struct plan_bridge *bridge);
void plan_ports_destroy(struct plan_port *, size_t n);

/* The iface with 'name', or NULL. */
struct iface *plan_bridges_find_iface(const struct plan_bridges_db *,
                                      const char *name);

/* int-txK if it is there and ours, or NULL. */
struct iface *plan_bridge_find_patch(const struct plan_bridge *,
                                     const struct plan_bridges_db *);

/* Whether 'bridge' is not wanted and has something in the database. */
bool plan_bridge_is_stale(const struct plan_bridge *);

#endif /* agent/node/plan-bridges-private.h */
