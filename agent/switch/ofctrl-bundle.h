/* Flow changes on their way to the switch, as one bundle. */
#ifndef GA_OFCTRL_BUNDLE_H
#define GA_OFCTRL_BUNDLE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openflow/openflow.h"
#include "openvswitch/ofp-errors.h"

struct bridge_link;
struct flow_change;
struct flow_table;

struct ofctrl_bundle {
    struct flow_change *changes;
    size_t n;
    size_t n_sent;                  /* Of 'changes'. */
    uint32_t id;
    uint32_t first_xid;             /* Of changes[0]; the next has the next. */
    ovs_be32 open_xid;
    ovs_be32 xid;                   /* Of the request that was sent last. */
    uint64_t revision;              /* Confirmed when it is committed. */
    size_t n_refused;
    enum ofperr error;              /* Of the bundle as a whole, or 0. */
};

void ofctrl_bundle_open(struct ofctrl_bundle *, struct bridge_link *,
                        struct flow_change *, size_t n, uint64_t revision);
bool ofctrl_bundle_fill(struct ofctrl_bundle *, struct bridge_link *);
bool ofctrl_bundle_may_fill(const struct bridge_link *);
void ofctrl_bundle_end(struct ofctrl_bundle *, struct bridge_link *,
                       enum ofp14_bundle_ctrl_type);
bool ofctrl_bundle_handle_error(struct ofctrl_bundle *, struct flow_table *,
                                ovs_be32 xid, enum ofperr);

#endif /* agent/switch/ofctrl-bundle.h */
