/* What ofctrl.c and ofctrl-handle.c share. */
#ifndef GA_OFCTRL_PRIVATE_H
#define GA_OFCTRL_PRIVATE_H 1

#include "agent/switch/bridge-link.h"
#include "agent/switch/flow-table.h"
#include "agent/switch/ofctrl.h"
#include "agent/switch/ofctrl-bundle.h"
#include "agent/switch/meter-sync.h"
#include "agent/switch/ofctrl-msg.h"
#include "agent/switch/counter-queries.h"
#include "agent/switch/tlv-sync.h"

struct ofp_header;

/* See ofctrl.c. */
enum ofctrl_state {
    S_DISCONNECTED,
    S_READ_TLV,
    S_READ_FLOWS,
    S_STEADY,
    S_PURGE,
    S_CHANGE_TLV,
    S_CHANGE_METERS,
    S_ADD,
    S_CHECK,
    S_COMMIT,
    S_DISCARD,
};
const char *ofctrl_state_to_string(enum ofctrl_state);

struct ofctrl {
    struct bridge_link link;
    enum ofctrl_state state;
    ovs_be32 xid;                   /* Of the request that is waited for. */
    bool complete;                  /* As said in the last run. */

    struct flow_table flows;
    struct tlv_sync tlv;
    struct old_flows *purger;       /* Not ours; NULL: nothing is purged. */
    uint64_t purge_ticket;          /* In PURGE: of 'purger'. */
    uint64_t purge;                 /* In PURGE: the indices that need it. */
    bool touch;                     /* The TLV map was changed, and no bundle
                                     * was sent since. */
    bool bundle_touches;            /* 'touch' when 'bundle' was begun. */
    ovs_be32 step_xids[INDEX_MAP_SLOTS];
    uint64_t step;                  /* Indices in 'step_xids'. */

    struct meter_sync meters;

    struct ofctrl_bundle bundle;
    long long int bundle_retry_at;  /* msec, or 0. */
    enum ofperr bundle_error;       /* Of the last bundle, or 0. */

    uint64_t revision, confirmed;

    struct counter_queries queries;

    uint64_t n_flow_mods, n_bundles, n_tlv_mods, n_meter_mods;
    ovs_be32 count_xid;             /* Of the request for all flows' number. */
    size_t n_foreign;               /* When we connected. */
};

/* The map, or what is wanted of it, changed: tells the flow table. */
void ofctrl_update_tlv(struct ofctrl *);

/* Takes note of what became of the changes in 'bundle'. */
void ofctrl_end_bundle(struct ofctrl *, bool committed);

/* ofctrl-handle.c */
void ofctrl_handle_message(struct ofctrl *, const struct ofp_header *);

#endif /* agent/switch/ofctrl-private.h */
