/* A further plan: its bridge and its order. */
#ifndef GA_SEND_PLAN_H
#define GA_SEND_PLAN_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/node/plan-bridges.h"
#include "agent/switch/effect.h"
#include "agent/switch/flow-owner.h"
#include "hmapx.h"
#include "lib/tlv-plan.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"

struct agent;
struct m_nve;
struct ofctrl;
struct plan_remote;

/* PLAN_BUILDING: its bridge is being made and filled.  When the switch has
 *     confirmed that: PLAN_READY.  When no remote wants it: PLAN_ENDING.
 * PLAN_READY: it sends to remotes.  When none wants it: PLAN_ENDING.
 * PLAN_ENDING: no remote wants it.  When the integration bridge has confirmed
 *     that no flow leads to it: destroyed.
 * PLAN_LEFTOVER: an earlier run of the agent left its bridge, whose flows may
 *     be in use.  When the integration bridge is up to date: destroyed. */
enum plan_phase { PLAN_BUILDING, PLAN_READY, PLAN_ENDING, PLAN_LEFTOVER };

struct send_plan {
    struct ovs_list node;           /* In struct plans' 'plans'. */
    unsigned int k;                 /* Its bridge is br-tx<k>. */
    uint64_t serial;                /* Never reused; starts at 1. */
    enum plan_phase phase;
    struct tlv_plan order;          /* Its own order and indices. */
    struct ofctrl *ofctrl;
    struct plan_bridge_ports ports; /* As last seen. */
    bool have_ports;
    struct flow_owner static_flows;
    struct effect effect;           /* Changes by 'ofctrl' in effect. */
    struct shash endpoints;         /* Name -> "struct flow_owner". */
    struct shash gateways;          /* The same, of gateways. */
    struct hmapx remotes;           /* m_nves that want it. */
    size_t n_legs;                  /* "struct send_leg"s on its bridge. */
    bool note_stale;                /* Its Bridge's external_ids are old. */
    bool bridge_stale;              /* It may need another tunnel port. */

    /* Packets that have a DSCP by their class: flows/plan-class-flows.h. */
    uint64_t dscps;                 /* Bit I: a tunnel port for DSCP I. */
    uint64_t old_dscps;             /* The same, but no flow that is wanted
                                     * leads there any more... */
    uint64_t old_until;             /* ...from this revision on (ofctrl.h).
                                     * UINT64_MAX: from the next one on. */
    long long int old_expires;      /* When those go: time_msec(); 0: not yet
                                     * known. */
    bool classes_stale;             /* 'class_flows' may be old. */
    struct flow_owner class_flows;
    char *why;                      /* The conflict that made it. */
};

/* Makes a plan with number 'k' and no order, and wants its bridge, or keeps it
 * as it is if the phase is PLAN_LEFTOVER. */
struct send_plan *send_plan_add(struct agent *, unsigned int k,
                                enum plan_phase);

/* Makes a plan with an order that fulfils 'constraints'; takes 'why'.  Returns
 * NULL if no number for a bridge is free. */
struct send_plan *send_plan_create(struct agent *,
                                   const struct plan_remote *constraints,
                                   char *why);

/* Destroys a plan and, if 'remove', its bridge. */
void send_plan_destroy(struct agent *, struct send_plan *, bool remove);

/* Has the plan map agent->mapped_options.  If an index in use would move, the
 * plan ends instead, and plan_assign_run() finds its remotes another one. */
void send_plan_update_options(struct agent *, struct send_plan *);

/* Has the next plan_flows_run() follow that the plan has a new remote,
 * 'joined', or that it has lost one (NULL). */
void send_plan_touch(struct send_plan *, const struct m_nve *joined);

/* Has the next plan_flows_run() bring the bridges up to date with our underlay
 * addresses, which have changed. */
void send_plan_addresses_changed(struct agent *);

/* The tunnel port to UDP port 'udp_port' of remotes; 0: none. */
ofp_port_t send_plan_get_tunnel(const struct send_plan *, uint16_t udp_port);

/* Whether the plan's bridge has no tunnel port for 'nve' yet. */
bool send_plan_lacks_tunnel(const struct send_plan *, const struct m_nve *nve);

/* What an earlier run of the agent left is kept as it is until the integration
 * bridge, whose flows may lead there, is up to date.  To be called before the
 * first local_run() that may write. */
void send_plan_take_leftovers(struct agent *);

/* Destroys all plans but not their bridges: the agent is about to exit. */
void send_plan_destroy_all(struct agent *);

/* Wants the plan's bridge, with the tunnel ports that remotes need. */
void send_plan_want_bridge(struct agent *, struct send_plan *);

/* Order and indices of the plan that serves a remote. */
const struct tlv_plan *send_plan_get_order(const struct agent *,
                                           const struct m_nve *);

/* Whether remotes may be moved to the plan. */
bool send_plan_is_open(const struct send_plan *);

/* Whether the plan's bridge exists and has confirmed all its flows. */
bool send_plan_is_settled(const struct send_plan *);

#endif /* agent/plans/send-plan.h */
