/* Further plans: remotes whose order the base plan cannot send.
 *
 * The integration bridge receives everything and sends the base plan
 * (tlv-plan.h).  Each further plan is a send-only bridge behind a patch port
 * with a TLV map of its own (local_plan_set()).  A packet for a remote of
 * plan K goes through the patch port with, in pkt_mark, the port of its
 * endpoint and a number for the remote; the plan's bridge sets the options
 * anew from the former and takes away what was not negotiated by the
 * latter.  RFC 9638, section 6.7: "place different sets of extensions in
 * different packets, and perhaps in different order".
 *
 * Everything is make before break: a remote moves to a plan when that plan's
 * bridge has confirmed its flows, and what it leaves goes after the
 * integration bridge has confirmed the move. */
#ifndef GA_PLANS_H
#define GA_PLANS_H 1

#include "lib/tlv-plan.h"
#include "agent/switch/effect.h"
#include "agent/node/local.h"
#include "agent/switch/flow-owner.h"
#include "agent/plans/plan-assign.h"
#include "hmapx.h"
#include "id-pool.h"
#include "openvswitch/list.h"

struct agent;
struct m_endpoint;
struct m_encap;
struct m_nve;

/* At most this many plans at once, the base plan included. */
#define PLANS_MAX 16

/* PLAN_BUILDING: its bridge is being made and filled.  To PLAN_READY when the
 *     switch has confirmed it, to PLAN_ENDING when no remote wants it.
 * PLAN_READY: remotes are sent to by it.  To PLAN_ENDING when none wants it.
 * PLAN_ENDING: nobody wants it; freed when the integration bridge has
 *     confirmed that no flow leads to it.
 * PLAN_LEFTOVER: a bridge that an earlier run of the agent left: its flows
 *     stay until the integration bridge is up to date, then it is freed. */
enum plan_phase { PLAN_BUILDING, PLAN_READY, PLAN_ENDING, PLAN_LEFTOVER };

struct send_plan {
    struct ovs_list node;           /* In struct plans' 'plans'. */
    unsigned int k;                 /* Its bridge is br-tx<k>. */
    uint64_t serial;                /* No other has or had it; from 1. */
    enum plan_phase phase;
    struct tlv_plan order;          /* Its own order and indices. */
    struct ofctrl *ofctrl;
    struct plan_bridge_ports ports;        /* As last seen. */
    bool have_ports;
    struct flow_owner static_flows;
    struct effect effect;           /* What of 'ofctrl' has taken effect. */
    struct shash endpoints;         /* Name -> "struct flow_owner". */
    struct hmapx remotes;           /* m_nves that want it. */
    size_t n_legs;                  /* "struct send_leg"s on its bridge. */
    bool note_stale;                /* Its Bridge's external_ids are. */
    bool bridge_stale;              /* It may need another tunnel port. */
    char *why;                      /* The conflict that made it. */
};

/* The flows of an m_encap on the bridge of a plan. */
struct send_leg {
    struct send_plan *plan;
    struct flow_owner flows;
    struct opt_key wire[GENEVE_MAX_OPTIONS]; /* What they send. */
    size_t n_wire;

    /* Once it is to be left: in struct m_encap's 'old_legs'. */
    struct ovs_list node;
    uint64_t until;                 /* Revision of the integration bridge to be
                                     * confirmed; UINT64_MAX: still leads
                                     * there. */
    long long int expires;          /* time_msec(): then it goes; 0: not yet
                                     * known. */
};

struct plans {
    struct ovs_list plans;          /* Contains "struct send_plan"s. */
    struct id_pool *marks;          /* Numbers of remotes in pkt_mark. */
    struct hmapx moving;            /* m_encaps that go to another plan. */
    uint64_t last_serial;           /* That a plan got. */
    bool leftovers_taken;
    struct plan_assign assign;      /* Which plan serves whom. */
};

struct plans *plans_create(void);
void plans_destroy(struct agent *);

/* What an earlier run of the agent left is kept until the integration bridge,
 * whose flows may lead there, is up to date.  To be called before the first
 * local_run() that may write. */
void plans_take_leftovers(struct agent *);

/* Brings the plans' bridges and flows up to date, and moves remotes whose
 * plan is ready.  To be called after flows_run(). */
void plans_run(struct agent *);
void plans_wait(const struct agent *);

/* Whether every remote can be sent to by its plan: before that, after a
 * restart, the integration bridge is better left as it is. */
bool plans_are_ready(const struct agent *);

/* Order and indices of the plan that serves 'nve'. */
const struct tlv_plan *plans_get_order(const struct agent *,
                                       const struct m_nve *);

#endif /* agent/plans/plans.h */
