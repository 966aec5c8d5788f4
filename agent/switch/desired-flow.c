/* Flows in their encoded form.
 *
 * Two flows are equal if their bytes are: those that we want and those that
 * the switch reports both pass through Open vSwitch's structures and its
 * encoder, which makes them canonical (fields in a fixed order, tunnel options
 * without leading zeros, one action for set_field and reg_load).  The bytes
 * take a third of the memory of decoded matches and actions, and a flow_mod is
 * little more than a copy of them.  What they have in common with other flows
 * is not kept (flow-pattern.h), which leaves 10 to 30 bytes of a flow of an
 * endpoint.
 *
 * One thing does not survive this: the switch does not report a match on the
 * mere presence of an option without data.  Such a flow is written again after
 * each reconnection. */

#include <config.h>

#include "agent/switch/desired-flow.h"

#include <stdlib.h>
#include <string.h>

#include "agent/switch/flow-owner.h"
#include "agent/switch/flow-pattern.h"
#include "hash.h"
#include "nx-match.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

BUILD_ASSERT_DECL(offsetof(struct desired_flow, hash)
                  == offsetof(struct desired_flow, node.hash));

static void
add_field(uint64_t *mask, const struct mf_field *mf)
{
    if (mf && mf->id >= MFF_TUN_METADATA0 && mf->id <= MFF_TUN_METADATA63) {
        *mask |= UINT64_C(1) << (mf->id - MFF_TUN_METADATA0);
    }
}

/* Returns the indices of the tunnel options that the actions name.  The switch
 * refuses to unmap these while the flow is there.  Sets '*names' to whether
 * they name a meter or a group. */
static uint64_t
check_ofpacts(const struct ofpact *ofpacts, size_t len, bool *names)
{
    const struct ofpact *a;
    uint64_t mask = 0;

    *names = false;
    OFPACT_FOR_EACH_FLATTENED (a, ofpacts, len) {
        switch ((int) a->type) {
        case OFPACT_SET_FIELD:
            add_field(&mask, ofpact_get_SET_FIELD(a)->field);
            break;
        case OFPACT_DELETE_FIELD:
            add_field(&mask, ofpact_get_DELETE_FIELD(a)->field);
            break;
        case OFPACT_REG_MOVE:
            add_field(&mask, ofpact_get_REG_MOVE(a)->src.field);
            add_field(&mask, ofpact_get_REG_MOVE(a)->dst.field);
            break;
        case OFPACT_MULTIPATH:
            add_field(&mask, ofpact_get_MULTIPATH(a)->dst.field);
            break;
        case OFPACT_STACK_PUSH:
            add_field(&mask, ofpact_get_STACK_PUSH(a)->subfield.field);
            break;
        case OFPACT_STACK_POP:
            add_field(&mask, ofpact_get_STACK_POP(a)->subfield.field);
            break;
        case OFPACT_OUTPUT_REG:
            add_field(&mask, ofpact_get_OUTPUT_REG(a)->src.field);
            break;
        case OFPACT_METER:
        case OFPACT_GROUP:
            *names = true;
            break;
        default:
            break;
        }
    }
    return mask;
}

static size_t
get_tlv_len(const struct desired_flow *flow)
{
    return flow->has_tlv ? sizeof(uint64_t) : 0;
}

/* Makes a flow of encoded bytes, the match and then the instructions. */
static struct desired_flow *
make_flow(uint8_t table, uint16_t priority, uint64_t cookie, uint64_t tlv_mask,
          const uint8_t *match, size_t match_len, const uint8_t *inst,
          size_t inst_len)
{
    uint8_t stub[1024], *packed = stub;
    uint16_t match_pattern, inst_pattern;
    size_t tlv_len = tlv_mask ? sizeof tlv_mask : 0;
    size_t packed_match_len, packed_inst_len, size;
    struct desired_flow *flow;

    if (match_len + inst_len > sizeof stub) {
        packed = xmalloc(match_len + inst_len);
    }
    packed_match_len = flow_pattern_pack(table * 2, match, match_len, packed,
                                         &match_pattern);
    packed_inst_len = flow_pattern_pack(table * 2 + 1, inst, inst_len,
                                        packed + packed_match_len,
                                        &inst_pattern);

    size = (offsetof(struct desired_flow, data) + tlv_len + packed_match_len
            + packed_inst_len);
    flow = xmalloc(MAX(size, sizeof *flow));
    *flow = (struct desired_flow) {
        .hash = hash_bytes(match, match_len, hash_2words(table, priority)),
        .cookie = cookie,
        .n_refs = 1,
        .foreign = ((cookie & FLOW_OWNER_COOKIE_MASK)
                    != FLOW_OWNER_COOKIE_PREFIX),
        .has_tlv = tlv_mask != 0,
        .needs_others = tlv_mask != 0,
        .table = table,
        .priority = priority,
        .match_len = match_len,
        .inst_len = inst_len,
        .packed = { match_pattern, inst_pattern, packed_match_len,
                    (inst_pattern != FLOW_PATTERN_NONE
                     ? packed_inst_len : 0) },
    };
    memcpy(flow->data, &tlv_mask, tlv_len);
    memcpy(flow->data + tlv_len, packed, packed_match_len + packed_inst_len);
    if (packed != stub) {
        free(packed);
    }
    return flow;
}

struct desired_flow *
desired_flow_create_encoded(uint8_t table, uint16_t priority, uint64_t cookie,
                            const uint8_t *match, size_t match_len,
                            const uint8_t *inst, size_t inst_len)
{
    return make_flow(table, priority, cookie, 0, match, match_len, inst,
                     inst_len);
}

struct desired_flow *
desired_flow_create(uint8_t table, uint16_t priority, uint64_t cookie,
                    const struct match *match, const struct ofpact *ofpacts,
                    size_t ofpacts_len)
{
    uint64_t stub[1024 / 8];
    struct desired_flow *flow;
    struct ofpbuf b;
    size_t match_len;
    uint64_t tlv_mask;
    bool names;

    ofpbuf_use_stub(&b, stub, sizeof stub);
    oxm_put_match(&b, match, DESIRED_FLOW_VERSION);
    match_len = b.size;
    ofpacts_put_openflow_instructions(ofpacts, ofpacts_len, &b,
                                      DESIRED_FLOW_VERSION);
    tlv_mask = (match->wc.masks.tunnel.metadata.present.map
                | check_ofpacts(ofpacts, ofpacts_len, &names));
    flow = make_flow(table, priority, cookie, tlv_mask, b.data, match_len,
                     (const uint8_t *) b.data + match_len, b.size - match_len);
    flow->needs_others |= names;
    ofpbuf_uninit(&b);
    return flow;
}

struct desired_flow *
desired_flow_ref(struct desired_flow *flow)
{
    flow->n_refs++;
    ovs_assert(flow->n_refs);
    return flow;
}

void
desired_flow_unref(struct desired_flow *flow)
{
    if (flow && !--flow->n_refs) {
        ovs_assert(!flow->owner && !flow->refused);
        free(flow);
    }
}

uint64_t
desired_flow_get_tlv(const struct desired_flow *flow)
{
    uint64_t mask = 0;

    memcpy(&mask, flow->data, get_tlv_len(flow));
    return mask;
}

bool
desired_flow_is_too_big(const struct desired_flow *flow)
{
    return flow->match_len + flow->inst_len > UINT16_MAX - 256;
}

/* The packed bytes. */

static const uint8_t *
packed_match(const struct desired_flow *flow)
{
    return flow->data + get_tlv_len(flow);
}

static const uint8_t *
packed_inst(const struct desired_flow *flow)
{
    return packed_match(flow) + flow->packed.match_len;
}

static size_t
packed_inst_len(const struct desired_flow *flow)
{
    return (flow->packed.inst_pattern == FLOW_PATTERN_NONE
            ? flow->inst_len : flow->packed.inst_len);
}

bool
desired_flow_same_key(const struct desired_flow *a,
                      const struct desired_flow *b)
{
    return (a->hash == b->hash
            && a->table == b->table
            && a->priority == b->priority
            && a->match_len == b->match_len
            && a->packed.match_pattern == b->packed.match_pattern
            && a->packed.match_len == b->packed.match_len
            && !memcmp(packed_match(a), packed_match(b),
                       a->packed.match_len));
}

bool
desired_flow_same_instructions(const struct desired_flow *a,
                               const struct desired_flow *b)
{
    return (a->inst_len == b->inst_len
            && a->packed.inst_pattern == b->packed.inst_pattern
            && packed_inst_len(a) == packed_inst_len(b)
            && !memcmp(packed_inst(a), packed_inst(b), packed_inst_len(a)));
}

/* Appends the match as it was encoded. */
static void
put_match(const struct desired_flow *flow, struct ofpbuf *b)
{
    flow_pattern_unpack(flow->packed.match_pattern, packed_match(flow),
                        flow->packed.match_len,
                        ofpbuf_put_uninit(b, flow->match_len),
                        flow->match_len);
}

static void
put_instructions(const struct desired_flow *flow, struct ofpbuf *b)
{
    flow_pattern_unpack(flow->packed.inst_pattern, packed_inst(flow),
                        packed_inst_len(flow),
                        ofpbuf_put_uninit(b, flow->inst_len), flow->inst_len);
}

static void
decode_match(const struct desired_flow *flow, struct match *match)
{
    uint64_t stub[1024 / 8];
    struct ofpbuf b;

    ofpbuf_use_stub(&b, stub, sizeof stub);
    put_match(flow, &b);
    if (oxm_pull_match_loose(&b, false, NULL, match)) {
        OVS_NOT_REACHED();      /* We have encoded it ourselves. */
    }
    ofpbuf_uninit(&b);
}

void
desired_flow_put_match(const struct desired_flow *flow, struct ofpbuf *b,
                       enum ofp_version version)
{
    if (version == DESIRED_FLOW_VERSION) {
        put_match(flow, b);
    } else {
        struct match match;

        decode_match(flow, &match);
        oxm_put_match(b, &match, version);
    }
}

void
desired_flow_put_instructions(const struct desired_flow *flow,
                              struct ofpbuf *b, enum ofp_version version)
{
    if (version == DESIRED_FLOW_VERSION) {
        put_instructions(flow, b);
    } else {
        uint64_t in_stub[1024 / 8], stub[1024 / 8];
        struct ofpbuf in, ofpacts;

        ofpbuf_use_stub(&in, in_stub, sizeof in_stub);
        ofpbuf_use_stub(&ofpacts, stub, sizeof stub);
        put_instructions(flow, &in);
        if (ofpacts_pull_openflow_instructions(&in, in.size,
                                               DESIRED_FLOW_VERSION, NULL,
                                               NULL, &ofpacts)) {
            OVS_NOT_REACHED();  /* We have encoded it ourselves. */
        }
        ofpacts_put_openflow_instructions(ofpacts.data, ofpacts.size, b,
                                          version);
        ofpbuf_uninit(&ofpacts);
        ofpbuf_uninit(&in);
    }
}

char *
desired_flow_describe(const struct desired_flow *flow)
{
    struct match match;
    char *match_string, *s;

    decode_match(flow, &match);
    /* match_to_string() leaves out the default priority. */
    match_string = match_to_string(&match, NULL, OFP_DEFAULT_PRIORITY);
    s = xasprintf("table=%d,priority=%d%s%s", flow->table, flow->priority,
                  match_string[0] ? "," : "", match_string);
    free(match_string);
    return s;
}
