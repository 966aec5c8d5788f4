/* One flow: its key, cookie and instructions, encoded as the switch gets
 * them.
 *
 * A flow never changes once it is made, but for what says who wants it.  It is
 * shared by reference: its owner wants it, its slot knows that the switch has
 * it, a bundle carries it. */
#ifndef GA_DESIRED_FLOW_H
#define GA_DESIRED_FLOW_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openflow/openflow.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"

struct flow_owner;
struct flow_refusal;
struct flow_slot;
struct match;
struct ofpact;
struct ofpbuf;

/* The version of OpenFlow that 'data' is encoded for.  On a connection that
 * has another version, flows are translated as they pass. */
#define DESIRED_FLOW_VERSION OFP15_VERSION

struct desired_flow {
    struct ovs_list list_node;      /* In struct flow_list's 'flows' and then
                                     * in struct flow_slot's 'claims'. */
    struct hmap_node owner_node;    /* In struct flow_owner's 'flows'; its hash
                                     * is the key's. */
    struct flow_owner *owner;       /* Who wants it; NULL: nobody any more. */
    struct flow_slot *slot;         /* Nonnull if 'owner' is. */
    struct flow_refusal *refusal;   /* Why it cannot be had, or NULL. */
    uint64_t cookie;                /* Host byte order. */
    uint64_t tlv_mask;              /* 1-bits: tun_metadata that it uses. */
    unsigned int n_refs;
    bool needs_others;              /* It can only be added where meters,
                                     * groups or mappings are. */
    bool keep;                      /* For the table: still wanted. */
    bool retried;                   /* Refused, and tried again. */

    /* The key: table, priority, match. */
    uint8_t table;
    uint16_t priority;
    uint16_t match_len;             /* Bytes of 'data'; a multiple of 8. */
    uint32_t inst_len;
    uint8_t data[];                 /* struct ofp11_match_header and OXMs,
                                     * padded; then instructions. */
};

/* Makes a flow, with one reference, which is the caller's.  'cookie' is in
 * host byte order. */
struct desired_flow *desired_flow_create(uint8_t table, uint16_t priority,
                                         uint64_t cookie,
                                         const struct match *,
                                         const struct ofpact *,
                                         size_t ofpacts_len);
struct desired_flow *desired_flow_ref(struct desired_flow *);

/* Gives a reference back.  The flow may be NULL. */
void desired_flow_unref(struct desired_flow *);

/* Whether the flow does not fit in an OpenFlow message, with what a bundle
 * puts around it. */
bool desired_flow_is_too_big(const struct desired_flow *);

/* Whether the switch takes both for the same entry. */
bool desired_flow_same_key(const struct desired_flow *,
                           const struct desired_flow *);

/* Of flows with the same key: whether they do the same. */
bool desired_flow_same_instructions(const struct desired_flow *,
                                    const struct desired_flow *);

/* Returns the hash of the flow's key. */
static inline uint32_t
desired_flow_hash(const struct desired_flow *flow)
{
    return flow->owner_node.hash;
}

/* Append the match, padded, or the instructions, for the given version. */
void desired_flow_put_match(const struct desired_flow *, struct ofpbuf *,
                            enum ofp_version);
void desired_flow_put_instructions(const struct desired_flow *,
                                   struct ofpbuf *, enum ofp_version);

/* Returns "table=3,priority=100,ip", for messages; the caller frees it. */
char *desired_flow_describe(const struct desired_flow *);

#endif /* agent/switch/desired-flow.h */
