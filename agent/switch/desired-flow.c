/* Flows in their encoded form.
 *
 * Two flows are equal if their bytes are: those that we want and those that
 * the switch reports both pass through Open vSwitch's structures and its
 * encoder, which makes them canonical (fields in a fixed order, tunnel options
 * without leading zeros, one action for set_field and reg_load).  The bytes
 * take a third of the memory of decoded matches and actions, and a flow_mod is
 * little more than a copy of them.
 *
 * One thing does not survive this: the switch does not report a match on the
 * mere presence of an option without data.  Such a flow is written again after
 * each reconnection. */

#include <config.h>

#include "agent/switch/desired-flow.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "nx-match.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

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

struct desired_flow *
desired_flow_create(uint8_t table, uint16_t priority, uint64_t cookie,
                    const struct match *match, const struct ofpact *ofpacts,
                    size_t ofpacts_len)
{
    uint64_t stub[1024 / 8];
    struct desired_flow *flow;
    struct ofpbuf b;
    size_t match_len;
    bool names;

    ofpbuf_use_stub(&b, stub, sizeof stub);
    oxm_put_match(&b, match, DESIRED_FLOW_VERSION);
    match_len = b.size;
    ofpacts_put_openflow_instructions(ofpacts, ofpacts_len, &b,
                                      DESIRED_FLOW_VERSION);

    flow = xzalloc(sizeof *flow + b.size);
    flow->n_refs = 1;
    flow->table = table;
    flow->priority = priority;
    flow->cookie = cookie;
    flow->tlv_mask = (match->wc.masks.tunnel.metadata.present.map
                      | check_ofpacts(ofpacts, ofpacts_len, &names));
    flow->needs_others = names || flow->tlv_mask;
    flow->match_len = match_len;
    flow->inst_len = b.size - match_len;
    memcpy(flow->data, b.data, b.size);
    flow->owner_node.hash = hash_bytes(flow->data, match_len,
                                       hash_2words(table, priority));
    ofpbuf_uninit(&b);
    return flow;
}

struct desired_flow *
desired_flow_ref(struct desired_flow *flow)
{
    flow->n_refs++;
    return flow;
}

void
desired_flow_unref(struct desired_flow *flow)
{
    if (flow && !--flow->n_refs) {
        ovs_assert(!flow->owner && !flow->refusal);
        free(flow);
    }
}

bool
desired_flow_is_too_big(const struct desired_flow *flow)
{
    return flow->match_len + flow->inst_len > UINT16_MAX - 256;
}

bool
desired_flow_same_key(const struct desired_flow *a,
                      const struct desired_flow *b)
{
    return (desired_flow_hash(a) == desired_flow_hash(b)
            && a->table == b->table
            && a->priority == b->priority
            && a->match_len == b->match_len
            && !memcmp(a->data, b->data, a->match_len));
}

bool
desired_flow_same_instructions(const struct desired_flow *a,
                               const struct desired_flow *b)
{
    return (a->inst_len == b->inst_len
            && !memcmp(a->data + a->match_len, b->data + b->match_len,
                       a->inst_len));
}

static void
decode_match(const struct desired_flow *flow, struct match *match)
{
    struct ofpbuf b = ofpbuf_const_initializer(flow->data, flow->match_len);

    if (oxm_pull_match_loose(&b, false, NULL, match)) {
        OVS_NOT_REACHED();      /* We have encoded it ourselves. */
    }
}

void
desired_flow_put_match(const struct desired_flow *flow, struct ofpbuf *b,
                       enum ofp_version version)
{
    if (version == DESIRED_FLOW_VERSION) {
        ofpbuf_put(b, flow->data, flow->match_len);
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
    const uint8_t *inst = flow->data + flow->match_len;

    if (version == DESIRED_FLOW_VERSION) {
        ofpbuf_put(b, inst, flow->inst_len);
    } else {
        struct ofpbuf in = ofpbuf_const_initializer(inst, flow->inst_len);
        uint64_t stub[1024 / 8];
        struct ofpbuf ofpacts;

        ofpbuf_use_stub(&ofpacts, stub, sizeof stub);
        if (ofpacts_pull_openflow_instructions(&in, in.size,
                                               DESIRED_FLOW_VERSION, NULL,
                                               NULL, &ofpacts)) {
            OVS_NOT_REACHED();  /* We have encoded it ourselves. */
        }
        ofpacts_put_openflow_instructions(ofpacts.data, ofpacts.size, b,
                                          version);
        ofpbuf_uninit(&ofpacts);
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
