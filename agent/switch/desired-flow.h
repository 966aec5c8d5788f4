/* One flow: its key, cookie and instructions, encoded as the switch gets
 * them.
 *
 * A flow never changes once it is made, but for what says who wants it.  It is
 * shared by reference: its owner wants it, its slot knows that the switch has
 * it, a bundle carries it.  There are hundreds of thousands, so it is kept
 * small. */
#ifndef GA_DESIRED_FLOW_H
#define GA_DESIRED_FLOW_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "openflow/openflow.h"
#include "openvswitch/hmap.h"

struct flow_owner;
struct match;
struct ofpact;
struct ofpbuf;

/* The version of OpenFlow that 'data' is encoded for.  On a connection that
 * has another version, flows are translated as they pass. */
#define DESIRED_FLOW_VERSION OFP15_VERSION

struct desired_flow {
    union {
        struct hmap_node node;      /* If 'alone': in struct flow_slots'
                                     * 'alone'. */
        struct {
            size_t hash;            /* Of the key: where 'node' has it. */
            struct desired_flow *next; /* If not 'alone': in struct flow_list
                                        * and then in struct flow_slot's
                                        * 'claims'. */
        };
    };
    struct desired_flow *owner_next; /* In struct flow_owner's 'flows'. */
    struct flow_owner *owner;       /* Who wants it; NULL: nobody any more. */
    uint32_t cookie;                /* Low half, host byte order. */
    uint16_t n_refs;
    bool foreign : 1;               /* The cookie's high half is not ours. */
    bool has_tlv : 1;               /* See desired_flow_get_tlv(). */
    bool needs_others : 1;          /* It can only be added where meters,
                                     * groups or mappings are. */
    bool refused : 1;               /* It cannot be had: see flow-table.h. */
    bool retried : 1;               /* Refused, and tried again. */
    bool keep : 1;                  /* For the table: still wanted. */
    bool alone : 1;                 /* It has no slot, see flow-slots.h... */
    bool under_way : 1;             /* ...or had none when it was sent. */

    /* The key: table, priority, match. */
    uint8_t table;
    uint16_t priority;
    uint16_t match_len;             /* A multiple of 8. */
    uint32_t inst_len;
    struct {
        uint16_t match_pattern, inst_pattern;
        uint16_t match_len;
        uint16_t inst_len;          /* Only if there is an 'inst_pattern'; else
                                     * they are as long as unpacked. */
    } packed;                       /* As in flow-pattern.h. */
    uint8_t data[];                 /* Only if 'has_tlv', the uint64_t.  Then
                                     * struct ofp11_match_header and OXMs,
                                     * padded; then instructions; packed. */
};

/* Makes a flow, with one reference, which is the caller's.  'cookie' is in
 * host byte order. */
struct desired_flow *desired_flow_create(uint8_t table, uint16_t priority,
                                         uint64_t cookie,
                                         const struct match *,
                                         const struct ofpact *,
                                         size_t ofpacts_len);

/* Likewise, from bytes that are just what the other would encode. */
struct desired_flow *desired_flow_create_encoded(uint8_t table,
                                                 uint16_t priority,
                                                 uint64_t cookie,
                                                 const uint8_t *match,
                                                 size_t match_len,
                                                 const uint8_t *inst,
                                                 size_t inst_len);

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

/* Whether both have the same cookie. */
static inline bool
desired_flow_same_cookie(const struct desired_flow *a,
                         const struct desired_flow *b)
{
    return a->cookie == b->cookie && a->foreign == b->foreign;
}

/* Returns the indices of tun_metadata that the flow uses, as 1-bits. */
uint64_t desired_flow_get_tlv(const struct desired_flow *);

/* Append the match, padded, or the instructions, for the given version. */
void desired_flow_put_match(const struct desired_flow *, struct ofpbuf *,
                            enum ofp_version);
void desired_flow_put_instructions(const struct desired_flow *,
                                   struct ofpbuf *, enum ofp_version);

/* Returns "table=3,priority=100,ip", for messages; the caller frees it. */
char *desired_flow_describe(const struct desired_flow *);

#endif /* agent/switch/desired-flow.h */
