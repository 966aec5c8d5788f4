/* See flow-eval.h.  Each packet on its way, and each copy that an action makes
 * of it, is a struct walk. */

#include <config.h>

#include "tests/unit/flow-eval.h"

#include <stdlib.h>
#include <string.h>

#include "agent/switch/desired-group.h"
#include "flow.h"
#include "lib/index-map.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/match.h"
#include "openvswitch/meta-flow.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "svec.h"
#include "tests/unit/flow-lookup.h"
#include "tun-metadata.h"
#include "util.h"

#define MAX_DEPTH 64
#define MAX_PATCHES 32
#define DEFAULT_BYTES 100
#define MAX_SHOWN 16
#define MAX_GROUPS 64
#define MAX_DOWN 4

struct patch {
    ofp_port_t port;
    const struct flow_eval *peer;
    ofp_port_t peer_port;
};

struct flow_eval {
    struct flow_lookup lookup;
    uint16_t first_tunnel;          /* Port. */
    uint16_t end_tunnels;           /* The first port after those. */
    struct index_map map;
    struct tun_table *tun_table;
    struct patch patches[MAX_PATCHES];
    size_t n_patches;
    struct ofputil_group_mod groups[MAX_GROUPS];
    size_t n_groups;
};

/* A packet on its way. */
struct walk {
    const struct flow_eval *eval;
    struct flow flow;
    struct flow original;           /* As it came to the first bridge. */
    size_t bytes;
    uint32_t ct_state;              /* What conntrack will say... */
    ovs_u128 ct_label;              /* ...and what was noted there. */
    ofp_port_t down[MAX_DOWN];      /* Ports; 0: none. */
    int depth;
    uint8_t at;                     /* The table where it is. */
    uint8_t *table;                 /* The last one it, or a copy, came to. */
    struct svec *results;
};

/* Bridges. */

static struct tun_table *
make_tun_table(const struct index_map *map)
{
    struct ofputil_tlv_map maps[INDEX_MAP_SLOTS];
    struct ofputil_tlv_table_mod mod = {
        .command = NXTTMC_ADD,
        .mappings = OVS_LIST_INITIALIZER(&mod.mappings),
    };
    struct tun_table *table = NULL;

    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *slot = &map->slots[i];

        if (slot->used) {
            maps[i] = (struct ofputil_tlv_map) {
                .option_class = slot->key.class,
                .option_type = slot->key.type,
                .option_len = slot->length,
                .index = i,
            };
            ovs_list_push_back(&mod.mappings, &maps[i].list_node);
        }
    }
    ovs_assert(!tun_metadata_table_mod(&mod, NULL, &table));
    return table;
}

struct flow_eval *
flow_eval_create(const struct index_map *map, uint16_t first_tunnel,
                 uint16_t end_tunnels)
{
    struct flow_eval *eval = xzalloc(sizeof *eval);

    flow_lookup_init(&eval->lookup);
    eval->first_tunnel = first_tunnel;
    eval->end_tunnels = end_tunnels;
    eval->map = *map;
    eval->tun_table = make_tun_table(map);
    return eval;
}

void
flow_eval_destroy(struct flow_eval *eval)
{
    if (!eval) {
        return;
    }
    for (size_t i = 0; i < eval->n_groups; i++) {
        ofputil_uninit_group_mod(&eval->groups[i]);
    }
    flow_lookup_destroy(&eval->lookup);
    tun_metadata_free(eval->tun_table);
    free(eval);
}

void
flow_eval_add(struct flow_eval *eval, uint8_t table, uint16_t priority,
              const struct match *match, const struct ofpbuf *ofpacts)
{
    flow_lookup_add(&eval->lookup, table, priority, match, ofpacts);
}

void
flow_eval_add_group(struct flow_eval *eval, const struct desired_group *group)
{
    struct ofpbuf b;

    ovs_assert(eval->n_groups < MAX_GROUPS);
    ofpbuf_init(&b, group->len);
    desired_group_put_mod(group, &b, DESIRED_GROUP_VERSION, 0);
    ovs_assert(!ofputil_decode_group_mod(b.data,
                                         &eval->groups[eval->n_groups++]));
    ofpbuf_uninit(&b);
}

void
flow_eval_connect(struct flow_eval *eval, ofp_port_t port,
                  const struct flow_eval *peer, ofp_port_t peer_port)
{
    ovs_assert(eval->n_patches < MAX_PATCHES);
    eval->patches[eval->n_patches++] = (struct patch) {
        port, peer, peer_port
    };
}

/* Results. */

static void
put_options(const struct walk *w, struct ds *s)
{
    uint64_t present = w->flow.tunnel.metadata.present.map;
    int i;

    ULLONG_FOR_EACH_1 (i, present) {
        const struct index_slot *slot = &w->eval->map.slots[i];
        const struct mf_field *mf = mf_from_id(MFF_TUN_METADATA0 + i);
        union mf_value value;

        tun_metadata_read(&w->flow.tunnel, mf, &value);
        ds_put_format(s, ", "OPT_KEY_FMT"%s", OPT_KEY_ARGS(slot->key),
                      slot->length ? "=0x" : "");
        for (size_t j = mf->n_bytes - slot->length; j < mf->n_bytes; j++) {
            ds_put_format(s, "%02"PRIx8, value.tun_metadata[j]);
        }
    }
}

static void
put_tunnel(const struct walk *w, struct ds *s)
{
    const struct flow_tnl *tnl = &w->flow.tunnel;

    ds_put_format(s, " (tun_id %"PRIu64, ntohll(tnl->tun_id));
    if (tnl->ip_dst) {
        ds_put_format(s, ", to "IP_FMT, IP_ARGS(tnl->ip_dst));
    } else if (ipv6_addr_is_set(&tnl->ipv6_dst)) {
        ds_put_cstr(s, ", to ");
        ipv6_format_addr(&tnl->ipv6_dst, s);
    }
    put_options(w, s);
    ds_put_char(s, ')');
}

/* Gets the fields of the packet itself, without fields that are 0 and hardly
 * ever of interest. */
static void
get_packet_fields(const struct flow *flow, struct match *match)
{
    struct flow_wildcards wc;

    flow_wildcards_init_for_packet(&wc, flow);
    memset(&wc.masks, 0, offsetof(struct flow, dl_dst));
    wc.masks.vlans[0].qtag = flow->vlans[0].qtag ? OVS_BE32_MAX : 0;
    wc.masks.nw_tos = flow->nw_tos ? UINT8_MAX : 0;
    wc.masks.nw_frag = flow->nw_frag ? UINT8_MAX : 0;
    wc.masks.ipv6_label = flow->ipv6_label ? OVS_BE32_MAX : 0;
    wc.masks.ct_nw_proto = 0;
    wc.masks.ct_tp_src = wc.masks.ct_tp_dst = 0;
    wc.masks.ct_nw_src = wc.masks.ct_nw_dst = 0;
    memset(&wc.masks.ct_ipv6_src, 0, sizeof wc.masks.ct_ipv6_src);
    memset(&wc.masks.ct_ipv6_dst, 0, sizeof wc.masks.ct_ipv6_dst);
    match_init(match, flow, &wc);
}

static void
put_changes(const struct walk *w, struct ds *s)
{
    struct match before, after;

    get_packet_fields(&w->original, &before);
    get_packet_fields(&w->flow, &after);
    if (!flow_equal(&before.flow, &after.flow)) {
        char *packet = match_to_string(&after, NULL, OFP_DEFAULT_PRIORITY);

        ds_put_format(s, " as %s", packet);
        if (is_nd(&w->flow, NULL)) {
            ds_put_format(s, ",nd_reserved=0x%08"PRIx32,
                          ntohl(w->flow.igmp_group_ip4));
            ds_put_format(s, ",nd_options_type=%"PRIu16,
                          ntohs(w->flow.tcp_flags));
        }
        free(packet);
    }
}

static void
add_result(const struct walk *w, struct ds *s)
{
    put_changes(w, s);
    svec_add_nocopy(w->results, ds_steal_cstr(s));
}

static void
add_output(const struct walk *w, ofp_port_t port)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "port %"PRIu32, port);
    if (ofp_to_u16(port) >= w->eval->first_tunnel
        && ofp_to_u16(port) < w->eval->end_tunnels) {
        put_tunnel(w, &s);
    }
    add_result(w, &s);
}

static void
add_controller(const struct walk *w)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "controller reason %"PRIu32, w->flow.regs[8]);
    add_result(w, &s);
}

/* Actions. */

static void walk_table(struct walk *, uint8_t table);
static void walk_actions(struct walk *, const struct ofpact *, size_t len);

static void
do_output(struct walk *w, ofp_port_t port)
{
    if (port == OFPP_IN_PORT) {
        add_output(w, w->flow.in_port.ofp_port);
        return;
    } else if (port == w->flow.in_port.ofp_port) {
        return;
    }
    for (size_t i = 0; i < w->eval->n_patches; i++) {
        const struct patch *patch = &w->eval->patches[i];

        if (patch->port == port) {
            struct walk other = *w;

            memset(&other.flow, 0, offsetof(struct flow, dl_dst));
            other.flow.pkt_mark = w->flow.pkt_mark;
            other.flow.in_port.ofp_port = patch->peer_port;
            other.flow.tunnel.metadata.tab = patch->peer->tun_table;
            other.eval = patch->peer;
            walk_table(&other, 0);
            return;
        }
    }
    add_output(w, port);
}

/* A new connection is translated as 'ct' says. */
static void
do_nat(struct flow *flow, const struct ofpact_conntrack *ct)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH (a, ct->actions, ofpact_ct_get_action_len(ct)) {
        const struct ofpact_nat *nat = (a->type == OFPACT_NAT
                                        ? ofpact_get_NAT(a) : NULL);
        bool dst = nat && nat->flags & NX_NAT_F_DST;

        if (!nat || !(flow->ct_state & CS_NEW)
            || nat->range_af == AF_UNSPEC) {
            continue;
        } else if (nat->range_af == AF_INET) {
            *(dst ? &flow->nw_dst : &flow->nw_src)
                = nat->range.addr.ipv4.min;
        } else {
            *(dst ? &flow->ipv6_dst : &flow->ipv6_src)
                = nat->range.addr.ipv6.min;
        }
        flow->ct_state |= dst ? CS_DST_NAT : CS_SRC_NAT;
    }
}

/* Makes a copy that goes on in 'table' with the state of its connection. */
static void
do_ct(struct walk *w, const struct ofpact_conntrack *ct)
{
    if (ct->recirc_table != NX_CT_RECIRC_NONE) {
        struct walk copy = *w;

        copy.flow.ct_state = w->ct_state;
        copy.flow.ct_label = w->ct_label;
        do_nat(&copy.flow, ct);
        copy.flow.ct_nw_proto = w->flow.nw_proto;
        copy.flow.ct_tp_src = w->flow.tp_src;
        copy.flow.ct_tp_dst = w->flow.tp_dst;
        walk_table(&copy, ct->recirc_table);
    }
}

static bool
is_live(const struct walk *w, const struct ofputil_bucket *bucket)
{
    for (int i = 0; i < MAX_DOWN; i++) {
        if (w->down[i] && w->down[i] == bucket->watch_port) {
            return false;
        }
    }
    return true;
}

/* All buckets of a group get a copy if it is of type "all", else the first
 * that is live. */
static void
do_group(struct walk *w, uint32_t id)
{
    for (size_t i = 0; i < w->eval->n_groups; i++) {
        const struct ofputil_group_mod *group = &w->eval->groups[i];
        const struct ofputil_bucket *bucket;

        LIST_FOR_EACH (bucket, list_node, &group->buckets) {
            if (group->group_id == id && is_live(w, bucket)) {
                struct walk copy = *w;

                walk_actions(&copy, bucket->ofpacts, bucket->ofpacts_len);
                if (group->type != OFPGT11_ALL) {
                    break;
                }
            }
        }
    }
}

static void
do_check_larger(struct walk *w, const struct ofpact_check_pkt_larger *check)
{
    union mf_subvalue value = { .u8_val = w->bytes > check->pkt_len };

    mf_write_subfield_flow(&check->dst, &value, &w->flow);
}

static void
do_action(struct walk *w, const struct ofpact *a)
{
    struct flow_wildcards wc;

    memset(&wc, 0, sizeof wc);
    switch ((int) a->type) {
    case OFPACT_SET_FIELD: {
        const struct ofpact_set_field *sf = ofpact_get_SET_FIELD(a);

        mf_set_flow_value_masked(sf->field, sf->value,
                                 ofpact_set_field_mask(sf), &w->flow);
        break;
    }
    case OFPACT_REG_MOVE:
        mf_subfield_copy(&ofpact_get_REG_MOVE(a)->src,
                         &ofpact_get_REG_MOVE(a)->dst, &w->flow, &wc);
        break;
    case OFPACT_DELETE_FIELD:
        tun_metadata_delete(&w->flow.tunnel,
                            ofpact_get_DELETE_FIELD(a)->field);
        break;
    case OFPACT_DEC_TTL:
        w->flow.nw_ttl--;
        break;
    case OFPACT_CT_CLEAR:
        w->flow.ct_state = 0;
        w->flow.ct_label = OVS_U128_ZERO;
        break;
    case OFPACT_STRIP_VLAN:
        flow_pop_vlan(&w->flow, &wc);
        break;
    case OFPACT_PUSH_VLAN:
        flow_push_vlan_uninit(&w->flow, &wc);
        w->flow.vlans[0].tpid = ofpact_get_PUSH_VLAN(a)->ethertype;
        w->flow.vlans[0].tci = htons(VLAN_CFI);
        break;
    case OFPACT_CHECK_PKT_LARGER:
        do_check_larger(w, ofpact_get_CHECK_PKT_LARGER(a));
        break;
    case OFPACT_METER:
    case OFPACT_MULTIPATH:          /* A hash: its bits stay 0. */
        break;
    case OFPACT_SET_QUEUE:
        w->flow.skb_priority = ofpact_get_SET_QUEUE(a)->queue_id;
        break;
    case OFPACT_OUTPUT_TRUNC:
        do_output(w, ofpact_get_OUTPUT_TRUNC(a)->port);
        break;
    case OFPACT_GOTO_TABLE:
        if (ofpact_get_GOTO_TABLE(a)->table_id <= w->at) {
            ovs_fatal(0, "goto_table:%d in table %d is refused",
                      ofpact_get_GOTO_TABLE(a)->table_id, w->at);
        }
        walk_table(w, ofpact_get_GOTO_TABLE(a)->table_id);
        break;
    case OFPACT_RESUBMIT:
        walk_table(w, ofpact_get_RESUBMIT(a)->table_id);
        break;
    case OFPACT_CLONE: {
        struct walk copy = *w;

        walk_actions(&copy, ofpact_get_CLONE(a)->actions,
                     ofpact_nest_get_action_len(ofpact_get_CLONE(a)));
        break;
    }
    case OFPACT_CT:
        do_ct(w, ofpact_get_CT(a));
        break;
    case OFPACT_GROUP:
        do_group(w, ofpact_get_GROUP(a)->group_id);
        break;
    case OFPACT_OUTPUT:
        do_output(w, ofpact_get_OUTPUT(a)->port);
        break;
    case OFPACT_OUTPUT_REG:
        do_output(w, u16_to_ofp(mf_get_subfield(&ofpact_get_OUTPUT_REG(a)->src,
                                                &w->flow)));
        break;
    case OFPACT_CONTROLLER:
        add_controller(w);
        break;
    default:
        ovs_fatal(0, "action %s is not known", ofpact_name(a->type));
    }
}

static void
walk_actions(struct walk *w, const struct ofpact *ofpacts, size_t len)
{
    const struct ofpact *a;

    OFPACT_FOR_EACH (a, ofpacts, len) {
        do_action(w, a);
    }
}

static void
walk_table(struct walk *w, uint8_t table)
{
    const struct ofpbuf *ofpacts;
    uint8_t from = w->at;

    if (w->depth >= MAX_DEPTH) {
        ovs_fatal(0, "more than %d tables", MAX_DEPTH);
    }
    w->depth++;
    w->at = *w->table = table;
    ofpacts = flow_lookup_find(&w->eval->lookup, table, &w->flow);
    if (ofpacts) {
        walk_actions(w, ofpacts->data, ofpacts->size);
    }
    w->depth--;
    w->at = from;
}

/* Packets. */

/* Takes "NAME=VALUE," off the front of '*s', if it is there, and returns the
 * value for the caller to free; else NULL. */
static char *
take_prefix(const char **s, const char *name)
{
    size_t len = strlen(name);
    char *value;

    if (strncmp(*s, name, len)) {
        return NULL;
    }
    value = xmemdup0(*s + len, strcspn(*s + len, ","));
    *s += len + strlen(value);
    *s += **s == ',';
    return value;
}

/* Likewise for "option(KEY)=VALUE,", which is written to 'flow'. */
static bool
take_option(const struct flow_eval *eval, const char **s, struct flow *flow)
{
    char *text = take_prefix(s, "option(");
    union mf_value value;
    struct opt_key key;
    char *end, *error;
    int index;

    if (!text) {
        return false;
    }
    end = strstr(text, ")=");
    ovs_assert(end);
    *end = '\0';
    ovs_assert(opt_key_from_string(text, &key));
    index = index_map_find(&eval->map, key);
    if (index < 0) {
        ovs_fatal(0, "option %s is not mapped", text);
    }
    error = mf_parse_value(mf_from_id(MFF_TUN_METADATA0 + index), end + 2,
                           NULL, &value);
    if (error) {
        ovs_fatal(0, "option %s: %s", text, error);
    }
    mf_set_flow_value(mf_from_id(MFF_TUN_METADATA0 + index), &value, flow);
    free(text);
    return true;
}

static void
parse_packet(const struct flow_eval *eval, const char *s, struct walk *w)
{
    struct flow options = { .tunnel.metadata.tab = eval->tun_table };
    char *bytes = take_prefix(&s, "bytes=");
    char *error, *down;

    w->bytes = bytes ? strtoul(bytes, NULL, 10) : DEFAULT_BYTES;
    for (int i = 0; i < MAX_DOWN && (down = take_prefix(&s, "down=")); i++) {
        w->down[i] = u16_to_ofp(atoi(down));
        free(down);
    }
    while (take_option(eval, &s, &options)) {
        continue;
    }
    error = parse_ofp_exact_flow(&w->flow, NULL, eval->tun_table, s, NULL);
    if (error) {
        ovs_fatal(0, "%s", error);
    }
    w->flow.tunnel.metadata = options.tunnel.metadata;
    w->ct_state = w->flow.ct_state ? w->flow.ct_state : CS_TRACKED | CS_NEW;
    w->flow.ct_state = 0;
    w->ct_label = w->flow.ct_label;
    w->flow.ct_label = OVS_U128_ZERO;
    w->original = w->flow;
    free(bytes);
}

char *
flow_eval_packet(const struct flow_eval *eval, const char *packet)
{
    struct svec results = SVEC_EMPTY_INITIALIZER;
    uint8_t table = 0;
    struct walk w = { .eval = eval, .table = &table, .results = &results };
    char *result;

    parse_packet(eval, packet, &w);
    walk_table(&w, 0);
    if (!results.n) {
        result = xasprintf("dropped in table %"PRIu8, table);
    } else if (results.n > MAX_SHOWN) {
        result = xasprintf("%s; ...; %s; %"PRIuSIZE" in all",
                           results.names[0], results.names[results.n - 1],
                           results.n);
    } else {
        result = svec_join(&results, "; ", "");
    }
    svec_destroy(&results);
    return result;
}
