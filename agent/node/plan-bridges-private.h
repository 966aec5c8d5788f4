/* What plan-bridges.c and plan-bridges-write.c share. */
#ifndef GA_PLAN_BRIDGES_PRIVATE_H
#define GA_PLAN_BRIDGES_PRIVATE_H 1

#include "agent/node/plan-bridges.h"
#include "agent/node/plan-ports.h"

/* The bridge of one plan. */
struct plan_bridge {
    unsigned int k;

    /* What is wanted. */
    bool wanted;
    bool kept;                      /* Not wanted, but not to be removed. */
    struct in6_addr local_ip;       /* All-zero: any. */
    uint16_t udp_ports[PLAN_BRIDGE_MAX_UDP_PORTS]; /* Distinct, none is 0. */
    size_t n_udp_ports;
    uint64_t dscps;                 /* Bit I: DSCP I.  Not bit 0. */
    bool noted;                     /* plan_bridges_set_note() was called. */
    char *order, *remotes, *why;    /* The notes, or NULL. */

    /* What the database has.  Rows are good until the IDL runs. */
    const struct vswrec_bridge *named; /* That has the name, or NULL. */
    const struct vswrec_bridge *row; /* 'named' if it is ours, or NULL. */
    bool has_patch;                 /* int-txK exists and is ours. */
    bool obstructed;                /* Somebody else has one of the names. */
    bool failed;                    /* A port could not be added. */

    /* What others see. */
    struct plan_bridge_ports info;
    bool ready;                     /* 'info' is complete. */
    char *problem;                  /* Or NULL. */
};

struct plan_bridges {
    struct plan_bridge bridges[PLAN_BRIDGES_MAX]; /* Of plan 1 on. */
    bool dirty;                     /* Rows might not be as they should be. */
    bool plans_changed;             /* For plan_bridges_take_changes(). */
    bool problems_changed;
};

/* Fills 'ports' with those that 'bridge' should have.  Returns how many those
 * are, for plan_ports_destroy(). */
size_t plan_bridge_get_ports(const struct plan_bridge *,
                             struct plan_port ports[PLAN_PORTS_MAX]);

/* The bridge that port 'i' of 'bridge' belongs on, or NULL if it does not
 * exist. */
const struct vswrec_bridge *plan_bridge_get_place(const struct plan_bridge *,
                                                  const struct rows *,
                                                  size_t i);

/* int-txK, if it exists and is ours, or NULL. */
struct iface *plan_bridge_find_patch(const struct plan_bridge *,
                                     const struct rows *);

/* Whether 'bridge' is not wanted and the database has something of it. */
bool plan_bridge_is_stale(const struct plan_bridge *);

#endif /* agent/node/plan-bridges-private.h */
