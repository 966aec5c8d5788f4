/* Encoding and decoding between our structures and OpenFlow 1.4 and 1.5. */

#include <config.h>

#include "agent/switch/ofctrl-msg.h"

#include "agent/switch/desired-flow.h"
#include "agent/switch/desired-group.h"
#include "agent/switch/flow-owner.h"
#include "agent/switch/flow-reply.h"
#include "byte-order.h"
#include "lib/index-map.h"
#include "openvswitch/netdev.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-bundle.h"
#include "openvswitch/ofp-connection.h"
#include "openvswitch/ofp-flow.h"
#include "openvswitch/ofp-group.h"
#include "openvswitch/ofp-match.h"
#include "openvswitch/ofp-meter.h"
#include "openvswitch/ofp-monitor.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-port.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ofctrl_msg);

/* The type of a flow_mod in the OpenFlow header, from OpenFlow 1.1 on. */
#define OFPT_FLOW_MOD_TYPE 14

struct ofpbuf *
ofctrl_msg_bundle(enum ofp_version version, uint32_t bundle_id,
                  enum ofp14_bundle_ctrl_type type)
{
    struct ofputil_bundle_ctrl_msg bc = {
        .bundle_id = bundle_id,
        .type = type,
        .flags = OFCTRL_BUNDLE_FLAGS,
    };

    return ofputil_encode_bundle_ctrl_request(version, &bc);
}

struct ofpbuf *
ofctrl_msg_flow_mod(enum ofp_version version, uint32_t bundle_id,
                    ovs_be32 xid, enum ofp_flow_mod_command command,
                    const struct desired_flow *flow)
{
    struct ofp14_bundle_ctrl_msg *bc;
    struct ofp11_flow_mod *fm;
    struct ofp_header *inner;
    struct ofpbuf *b;
    size_t start;

    b = ofpraw_alloc_xid(OFPRAW_OFPT14_BUNDLE_ADD_MESSAGE, version, xid,
                         sizeof *bc + sizeof *inner + sizeof *fm
                         + flow->match_len + flow->inst_len);
    bc = ofpbuf_put_zeros(b, sizeof *bc);
    bc->bundle_id = htonl(bundle_id);
    bc->flags = htons(OFCTRL_BUNDLE_FLAGS);

    start = b->size;
    inner = ofpbuf_put_zeros(b, sizeof *inner);
    inner->version = version;
    inner->type = OFPT_FLOW_MOD_TYPE;
    inner->xid = xid;

    fm = ofpbuf_put_zeros(b, sizeof *fm);
    fm->cookie = htonll(FLOW_OWNER_COOKIE_PREFIX | flow->cookie);
    fm->table_id = flow->table;
    fm->command = command;
    fm->priority = htons(flow->priority);
    fm->buffer_id = htonl(UINT32_MAX);
    fm->out_port = ofputil_port_to_ofp11(OFPP_ANY);
    fm->out_group = htonl(OFPG_ANY);
    if (command == OFPFC_DELETE_STRICT) {
        fm->cookie_mask = OVS_BE64_MAX;
    }
    desired_flow_put_match(flow, b, version);
    if (command == OFPFC_ADD) {
        desired_flow_put_instructions(flow, b, version);
    }

    inner = ofpbuf_at_assert(b, start, sizeof *inner);
    inner->length = htons(b->size - start);
    ofpmsg_update_length(b);
    return b;
}

static void
put_group_delete(struct ofpbuf *b, enum ofp_version version, ovs_be32 xid,
                 uint32_t id)
{
    struct ofputil_group_mod mod = {
        .command = OFPGC11_DELETE,
        .type = OFPGT11_ALL,
        .group_id = id,
        .command_bucket_id = OFPG15_BUCKET_ALL,
    };
    struct ofpbuf *msg;
    struct ofp_header *oh;

    ovs_list_init(&mod.buckets);
    msg = ofputil_encode_group_mod(version, &mod, NULL, -1);
    ofpmsg_update_length(msg);
    oh = msg->data;
    oh->xid = xid;
    ofpbuf_put(b, msg->data, msg->size);
    ofpbuf_delete(msg);
}

struct ofpbuf *
ofctrl_msg_group_mod(enum ofp_version version, uint32_t bundle_id,
                     ovs_be32 xid, uint32_t id,
                     const struct desired_group *group)
{
    struct ofp14_bundle_ctrl_msg *bc;
    struct ofpbuf *b;

    b = ofpraw_alloc_xid(OFPRAW_OFPT14_BUNDLE_ADD_MESSAGE, version, xid,
                         sizeof *bc + (group ? group->len : 0));
    bc = ofpbuf_put_zeros(b, sizeof *bc);
    bc->bundle_id = htonl(bundle_id);
    bc->flags = htons(OFCTRL_BUNDLE_FLAGS);
    if (group) {
        desired_group_put_mod(group, b, version, xid);
    } else {
        put_group_delete(b, version, xid, id);
    }
    ofpmsg_update_length(b);
    return b;
}

/* TLV maps. */

struct ofpbuf *
ofctrl_msg_tlv_request(enum ofp_version version)
{
    return ofpraw_alloc(OFPRAW_NXT_TLV_TABLE_REQUEST, version, 0);
}

struct ofpbuf *
ofctrl_msg_tlv_mod(enum ofp_version version,
                   enum nx_tlv_table_mod_command command, unsigned int index,
                   const struct index_slot *slot)
{
    struct ofputil_tlv_map map = {
        .option_class = slot->key.class,
        .option_type = slot->key.type,
        .option_len = slot->length,
        .index = index,
    };
    struct ofputil_tlv_table_mod ttm = { .command = command };

    ovs_list_init(&ttm.mappings);
    ovs_list_push_back(&ttm.mappings, &map.list_node);
    return ofputil_encode_tlv_table_mod(version, &ttm);
}

enum ofperr
ofctrl_msg_decode_tlv_reply(const struct ofp_header *oh,
                            struct index_map *map)
{
    struct ofputil_tlv_table_reply ttr;
    struct ofputil_tlv_map *entry;
    enum ofperr error = ofputil_decode_tlv_table_reply(oh, &ttr);

    if (error) {
        return error;
    }
    *map = (struct index_map) { .slots[0].used = false };
    LIST_FOR_EACH (entry, list_node, &ttr.mappings) {
        if (entry->index < INDEX_MAP_SLOTS) {
            map->slots[entry->index] = (struct index_slot) {
                .used = true,
                .key = { entry->option_class, entry->option_type },
                .length = entry->option_len,
            };
        }
    }
    ofputil_uninit_tlv_table(&ttr.mappings);
    return 0;
}

/* Meters. */

static enum ofp13_meter_flags
get_meter_flags(bool kbits)
{
    return (kbits ? OFPMF13_KBPS : OFPMF13_PKTPS) | OFPMF13_BURST
           | OFPMF13_STATS;
}

struct ofpbuf *
ofctrl_msg_meter_request(enum ofp_version version)
{
    return ofputil_encode_meter_request(version, OFPUTIL_METER_CONFIG,
                                        OFPM13_ALL);
}

struct ofpbuf *
ofctrl_msg_meter_mod(enum ofp_version version,
                     enum ofp13_meter_mod_command command, uint32_t id,
                     const struct meter_band *meter)
{
    struct ofputil_meter_band band = {
        .type = OFPMBT13_DROP,
        .rate = meter->rate,
        .burst_size = meter->burst,
    };
    struct ofputil_meter_mod mm = {
        .command = command,
        .meter = {
            .meter_id = id,
            .flags = get_meter_flags(meter->kbits),
            .n_bands = command != OFPMC13_DELETE,
            .bands = &band,
        },
    };

    return ofputil_encode_meter_mod(version, &mm);
}

void
ofctrl_msg_decode_meter_reply(const struct ofp_header *oh,
                              void (*cb)(uint32_t id,
                                         const struct meter_band *,
                                         void *aux), void *aux)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_meter_config mc;
    struct ofpbuf bands;

    ofpbuf_init(&bands, 64);
    while (!ofputil_decode_meter_config(&msg, &mc, &bands)) {
        struct meter_band band = { .rate = METER_OTHER };
        bool kbits = mc.flags & OFPMF13_KBPS;

        if (mc.flags == get_meter_flags(kbits) && mc.n_bands == 1
            && mc.bands[0].type == OFPMBT13_DROP) {
            band.rate = mc.bands[0].rate;
            band.burst = mc.bands[0].burst_size;
            band.kbits = kbits;
        }
        cb(mc.meter_id, &band, aux);
    }
    ofpbuf_uninit(&bands);
}

struct ofpbuf *
ofctrl_msg_meter_stats_request(enum ofp_version version, uint32_t id)
{
    return ofputil_encode_meter_request(version, OFPUTIL_METER_STATS, id);
}

void
ofctrl_msg_decode_all_meter_stats(const struct ofp_header *oh,
                                  void (*cb)(uint32_t id, uint64_t n_packets,
                                             void *aux), void *aux)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_meter_stats ms;
    struct ofpbuf bands;

    ofpbuf_init(&bands, 64);
    while (!ofputil_decode_meter_stats(&msg, &ms, &bands)) {
        if (ms.n_bands) {
            cb(ms.meter_id, ms.bands[0].packet_count, aux);
        }
    }
    ofpbuf_uninit(&bands);
}

bool
ofctrl_msg_decode_meter_stats(const struct ofp_header *oh,
                              uint64_t *n_dropped, uint64_t *n_dropped_bytes)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_meter_stats ms;
    struct ofpbuf bands;
    bool ok;

    ofpbuf_init(&bands, 64);
    ok = !ofputil_decode_meter_stats(&msg, &ms, &bands) && ms.n_bands == 1;
    if (ok) {
        *n_dropped = ms.bands[0].packet_count;
        *n_dropped_bytes = ms.bands[0].byte_count;
    }
    ofpbuf_uninit(&bands);
    return ok;
}

/* Groups. */

struct ofpbuf *
ofctrl_msg_group_request(enum ofp_version version)
{
    return ofputil_encode_group_desc_request(version, OFPG_ALL);
}

void
ofctrl_msg_decode_group_reply(const struct ofp_header *oh,
                              void (*cb)(struct desired_group *, void *aux),
                              void *aux)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_group_desc desc;

    while (!ofputil_decode_group_desc_reply(&desc, &msg, oh->version)) {
        cb(desired_group_from_desc(&desc), aux);
        ofputil_uninit_group_desc(&desc);
    }
}

/* Flows. */

struct ofpbuf *
ofctrl_msg_flow_request(enum ofp_version version, bool aggregate,
                        uint64_t cookie, uint64_t cookie_mask, uint8_t table)
{
    struct ofputil_flow_stats_request fsr = {
        .aggregate = aggregate,
        .cookie = htonll(cookie),
        .cookie_mask = htonll(cookie_mask),
        .out_port = OFPP_ANY,
        .out_group = OFPG_ANY,
        .table_id = table,
    };

    match_init_catchall(&fsr.match);
    return ofputil_encode_flow_stats_request(
        &fsr, ofputil_protocol_from_ofp_version(version));
}

struct ofpbuf *
ofctrl_msg_port_request(enum ofp_version version, ofp_port_t port)
{
    return ofputil_encode_dump_ports_request(version, port);
}

bool
ofctrl_msg_decode_port_reply(const struct ofp_header *oh, uint64_t *rx,
                             uint64_t *tx)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_port_stats ps;

    if (ofputil_decode_port_stats(&ps, &msg)) {
        return false;
    }
    *rx = ps.stats.rx_packets;
    *tx = ps.stats.tx_packets;
    netdev_free_custom_stats_counters(&ps.custom_stats);
    return *rx != UINT64_MAX && *tx != UINT64_MAX;
}

size_t
ofctrl_msg_decode_flow_reply(const struct ofp_header *oh,
                             void (*cb)(struct desired_flow *, void *aux),
                             void *aux)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    uint64_t stub[4096 / 8];
    struct ofpbuf ofpacts;
    size_t n = 0;

    ofpbuf_use_stub(&ofpacts, stub, sizeof stub);
    for (;; n++) {
        struct desired_flow *flow = flow_reply_pull(&msg);
        struct ofputil_flow_stats fs;
        int error;

        if (flow) {
            cb(flow, aux);
            continue;
        }
        ofpbuf_clear(&ofpacts);
        error = ofputil_decode_flow_stats_reply(&fs, &msg, true, &ofpacts);
        if (error) {
            if (error != EOF) {
                VLOG_WARN_RL(&rl, "cannot decode a flow of the switch");
            }
            break;
        }
        cb(desired_flow_create(fs.table_id, fs.priority, ntohll(fs.cookie),
                               &fs.match, fs.ofpacts, fs.ofpacts_len), aux);
    }
    ofpbuf_uninit(&ofpacts);
    return n;
}

/* Flows as others change them. */

struct ofpbuf *
ofctrl_msg_monitor_request(enum ofp_version version)
{
    struct ofputil_flow_monitor_request request = {
        .id = 1,
        .command = OFPFMC_ADD,
        .flags = (OFPFMF_ADD | OFPFMF_REMOVED | OFPFMF_MODIFY
                  | OFPFMF_INSTRUCTIONS),
        .out_port = OFPP_NONE,
        .out_group = OFPG_ANY,
        .table_id = OFPTT_ALL,
    };
    struct ofpbuf *msg = ofpbuf_new(64);

    match_init_catchall(&request.match);
    ofputil_append_flow_monitor_request(
        &request, msg, ofputil_protocol_from_ofp_version(version));
    ofpmsg_update_length(msg);
    return msg;
}

void
ofctrl_msg_decode_flow_update(const struct ofp_header *oh,
                              void (*cb)(struct desired_flow *, bool removed,
                                         void *aux), void *aux)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_flow_update fu;
    uint64_t stub[4096 / 8];
    struct ofpbuf ofpacts;

    ofpbuf_use_stub(&ofpacts, stub, sizeof stub);
    while (!ofputil_decode_flow_update(&fu, &msg, &ofpacts)) {
        bool removed = fu.event == OFPFME_REMOVED;

        if (removed || fu.event == OFPFME_ADDED
            || fu.event == OFPFME_MODIFIED) {
            cb(desired_flow_create(fu.table_id, fu.priority,
                                   ntohll(fu.cookie), &fu.match, fu.ofpacts,
                                   fu.ofpacts_len), removed, aux);
        }
    }
    ofpbuf_uninit(&ofpacts);
}

struct ofpbuf *
ofctrl_msg_set_async(enum ofp_version version)
{
    struct ofputil_async_cfg ac = {
        .primary[OAM_REQUESTFORWARD] = (1u << OFPRFR_METER_MOD
                                        | 1u << OFPRFR_GROUP_MOD),
        .primary[OAM_PORT_STATUS] = (1u << OFPPR_ADD | 1u << OFPPR_DELETE
                                     | 1u << OFPPR_MODIFY),
    };

    return ofputil_encode_set_async_config(
        &ac, (1u << OAM_N_TYPES) - 1, version);
}

/* Ports. */

struct ofpbuf *
ofctrl_msg_ports_request(enum ofp_version version)
{
    return ofputil_encode_port_desc_stats_request(version, OFPP_ANY);
}

void
ofctrl_msg_decode_ports(const struct ofp_header *oh, struct port_faults *pf)
{
    struct ofpbuf msg = ofpbuf_const_initializer(oh, ntohs(oh->length));
    struct ofputil_port_status ps;
    struct ofputil_phy_port port;
    enum ofpraw raw = ofpraw_pull_assert(&msg);

    if (raw != OFPRAW_OFPT14_PORT_STATUS) {
        while (!ofputil_pull_phy_port(oh->version, &msg, &port)) {
            port_faults_update(pf, &port, false);
        }
    } else if (!ofputil_decode_port_status(oh, &ps)) {
        port_faults_update(pf, &ps.desc, ps.reason == OFPPR_DELETE);
    }
}
