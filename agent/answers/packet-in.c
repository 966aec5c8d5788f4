/* Packets from the switch and to it.
 *
 * On a bridge's management socket a connection gets packets only after it has
 * asked for them, by a nonzero miss_send_len.  With a controller id of its
 * own it gets only those whose flow names that id: it gets no other
 * controller's packets, and no other controller gets ours.
 *
 * What bounds the work, from the outside in: flows hand over packets of local
 * endpoints only, within the endpoint's meter (meter-stage.c); the switch
 * queues at most 100 packets for a connection and drops the rest; a turn takes
 * at most MAX_RECV messages; each endpoint has a token bucket
 * (packet-limit.h).  Answers are dropped while MAX_QUEUED of them are not sent
 * yet. */

#include <config.h>

#include "agent/answers/packet-in.h"

#include <string.h>

#include "agent/flows/pipeline.h"
#include "agent/switch/bridge-link.h"
#include "agent/switch/flow-actions.h"
#include "byte-order.h"
#include "coverage.h"
#include "flow.h"
#include "openflow/nicira-ext.h"
#include "openvswitch/json.h"
#include "openvswitch/match.h"
#include "openvswitch/ofp-actions.h"
#include "openvswitch/ofp-connection.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-packet.h"
#include "openvswitch/ofp-protocol.h"
#include "openvswitch/ofp-switch.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(packet_in);

COVERAGE_DEFINE(packet_in_received);
COVERAGE_DEFINE(packet_in_dropped);

/* Messages that one turn takes at most. */
#define MAX_RECV 50

/* Answers that may wait for the switch. */
#define MAX_QUEUED 100

/* Ports that one message names at most: its length has 16 bits. */
#define MAX_COPIES 1000

struct packet_ins {
    struct bridge_link link;
    unsigned int connection;        /* How often that came or went. */
    bool drained;                   /* No message was left to be received. */

    uint64_t n_received, n_handled, n_dropped, n_sent;
    uint64_t n_by_reason[CONTROLLER_STAGE_N_REASONS];
};

struct packet_ins *
packet_ins_create(void)
{
    struct packet_ins *pi = xzalloc(sizeof *pi);

    bridge_link_init(&pi->link);
    return pi;
}

void
packet_ins_destroy(struct packet_ins *pi)
{
    if (pi) {
        bridge_link_destroy(&pi->link);
        free(pi);
    }
}

void
packet_ins_set_bridge(struct packet_ins *pi, const char *bridge)
{
    bridge_link_set_bridge(&pi->link, bridge);
}

/* Asks for packets, on a new connection. */
static void
set_up(struct packet_ins *pi)
{
    enum ofp_version version = pi->link.version;
    struct ofputil_switch_config config = {
        .frag = OFPUTIL_FRAG_NORMAL,
        .invalid_ttl_to_controller = -1,
        .miss_send_len = UINT16_MAX,
    };
    struct ofputil_async_cfg nothing = { .primary = { 0 } };
    struct nx_controller_id *id;
    struct ofpbuf *msg;

    msg = ofpraw_alloc(OFPRAW_NXT_SET_CONTROLLER_ID, version, 0);
    id = ofpbuf_put_zeros(msg, sizeof *id);
    id->controller_id = htons(CONTROLLER_STAGE_ID);
    bridge_link_send(&pi->link, msg);
    bridge_link_send(&pi->link, ofputil_encode_set_packet_in_format(
                         version, OFPUTIL_PACKET_IN_NXT2));
    bridge_link_send(&pi->link, ofputil_encode_set_config(&config, version));
    /* What becomes of ports is heard by ofctrl. */
    bridge_link_send(&pi->link, ofputil_encode_set_async_config(
                         &nothing, 1u << OAM_PORT_STATUS, version));
}

/* Where FLOW_EXT_ROUTE said that the packet goes. */
static struct in6_addr
get_next_hop(const struct ofputil_packet_in *pin)
{
    const struct flow *md = &pin->flow_metadata.flow;
    struct in6_addr ip;

    if (pin->packet_len >= ETH_HEADER_LEN
        && ((const struct eth_header *) pin->packet)->eth_type
           == htons(ETH_TYPE_IPV6)) {
        ovs_be128 be = hton128(flow_get_xxreg(md, FLOW_REG_NEXT_HOP6
                                              - MFF_XXREG0));

        memcpy(&ip, &be, sizeof ip);
    } else {
        in6_addr_set_mapped_ipv4(&ip, htonl(md->regs[FLOW_REG_NEXT_HOP
                                                     - MFF_REG0]));
    }
    return ip;
}

static struct in6_addr
get_ct_src(const struct flow *md)
{
    struct in6_addr ip = in6addr_any;

    if (md->dl_type == htons(ETH_TYPE_IPV6)) {
        ip = md->ct_ipv6_src;
    } else if (md->dl_type == htons(ETH_TYPE_IP)) {
        in6_addr_set_mapped_ipv4(&ip, md->ct_nw_src);
    }
    return ip;
}

const char *
packet_in_decode(const struct ofp_header *oh, struct packet_in *p,
                 char **name)
{
    struct ofputil_packet_in pin;
    const struct flow *md = &pin.flow_metadata.flow;
    enum ofperr error;
    size_t total_len;
    uint32_t buffer_id;

    *name = NULL;
    error = ofputil_decode_packet_in(oh, true, NULL, NULL, &pin, &total_len,
                                     &buffer_id, NULL);
    if (error) {
        return ofperr_to_string(error);
    }
    *name = xmemdup0((char *) pin.userdata, pin.userdata_len);
    *p = (struct packet_in) {
        .reason = md->regs[FLOW_REG_REASON - MFF_REG0],
        .endpoint = *name,
        .in_port = md->in_port.ofp_port,
        .vni = ntohll(md->metadata),
        .mtu = md->regs[FLOW_REG_MTU - MFF_REG0],
        .next_hop = get_next_hop(&pin),
        .extnet = md->regs[FLOW_REG_EXTNET - MFF_REG0],
        .gateway = md->regs[FLOW_REG_GATEWAY - MFF_REG0],
        .ct_src = get_ct_src(md),
        .ct_port = md->ct_tp_src,
        .frame = pin.packet,
        .len = pin.packet_len,
    };
    return (p->reason > 0 && p->reason < CONTROLLER_STAGE_N_REASONS
            ? NULL : "no flow of ours handed it over");
}

static bool
handle_packet_in(struct packet_ins *pi, const struct ofp_header *oh,
                 bool (*cb)(const struct packet_in *, void *aux), void *aux)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(1, 5);
    struct packet_in p;
    const char *error;
    bool handled = false;
    char *name;

    error = packet_in_decode(oh, &p, &name);
    if (error) {
        VLOG_WARN_RL(&rl, "%s: cannot use a packet: %s", pi->link.bridge,
                     error);
    } else {
        pi->n_by_reason[p.reason]++;
        handled = cb(&p, aux);
    }
    free(name);
    return handled;
}

static void
handle_message(struct packet_ins *pi, const struct ofp_header *oh,
               bool (*cb)(const struct packet_in *, void *aux), void *aux)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 10);
    enum ofptype type;

    if (ofptype_decode(&type, oh)) {
        return;
    }
    switch ((int) type) {
    case OFPTYPE_PACKET_IN:
        COVERAGE_INC(packet_in_received);
        pi->n_received++;
        if (handle_packet_in(pi, oh, cb, aux)) {
            pi->n_handled++;
        } else {
            COVERAGE_INC(packet_in_dropped);
            pi->n_dropped++;
        }
        break;
    case OFPTYPE_ERROR:
        VLOG_WARN_RL(&rl, "%s: unexpected error: %s", pi->link.bridge,
                     ofperr_to_string(ofperr_decode_msg(oh, NULL)));
        break;
    default:
        break;
    }
}

void
packet_ins_run(struct packet_ins *pi,
               bool (*cb)(const struct packet_in *, void *aux), void *aux)
{
    if (bridge_link_run(&pi->link)) {
        pi->connection++;
        if (pi->link.is_up) {
            set_up(pi);
        }
    }
    pi->drained = false;
    for (int i = 0; i < MAX_RECV; i++) {
        struct ofpbuf *msg = bridge_link_recv(&pi->link);

        if (!msg) {
            pi->drained = true;
            break;
        }
        handle_message(pi, msg->data, cb, aux);
        ofpbuf_delete(msg);
    }
}

void
packet_ins_wait(struct packet_ins *pi)
{
    bridge_link_wait(&pi->link);
}

/* One message: 'actions' for a packet. */
static void
send_actions(struct packet_ins *pi, const struct ofpbuf *actions,
             const void *frame, size_t len)
{
    struct ofputil_packet_out out = {
        .packet = frame,
        .packet_len = len,
        .buffer_id = UINT32_MAX,
    };

    if (!bridge_link_is_connected(&pi->link)
        || bridge_link_n_queued(&pi->link) >= MAX_QUEUED) {
        return;
    }
    match_init_catchall(&out.flow_metadata);
    match_set_in_port(&out.flow_metadata, OFPP_CONTROLLER);
    out.ofpacts = actions->data;
    out.ofpacts_len = actions->size;
    bridge_link_send(&pi->link, ofputil_encode_packet_out(
                         &out, ofputil_protocol_from_ofp_version(
                             pi->link.version)));
    pi->n_sent++;
}

/* One message for the copies for 'n' ports, at most MAX_COPIES. */
static void
send_copies(struct packet_ins *pi, const ofp_port_t *ports, size_t n,
            const void *frame, size_t len)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 32);
    for (size_t i = 0; i < n; i++) {
        put_output(&actions, ports[i]);
    }
    send_actions(pi, &actions, frame, len);
    ofpbuf_uninit(&actions);
}

void
packet_ins_send_copies(struct packet_ins *pi, const ofp_port_t *ports,
                       size_t n, const void *frame, size_t len)
{
    for (size_t i = 0; i < n; i += MAX_COPIES) {
        send_copies(pi, ports + i, MIN(n - i, MAX_COPIES), frame, len);
    }
}

void
packet_ins_send(struct packet_ins *pi, ofp_port_t port, const void *frame,
                size_t len)
{
    send_copies(pi, &port, 1, frame, len);
}

void
packet_ins_send_ext(struct packet_ins *pi, uint8_t table, uint32_t extnet,
                    const void *frame, size_t len)
{
    packet_ins_send_gateway(pi, table, extnet, 0, frame, len);
}

void
packet_ins_send_gateway(struct packet_ins *pi, uint8_t table,
                        uint32_t extnet, uint32_t gateway,
                        const void *frame, size_t len)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_EXTNET, extnet, 0);
    if (gateway) {
        put_load_imm(&actions, FLOW_REG_GATEWAY, gateway, 0);
    }
    put_resubmit(&actions, table);
    send_actions(pi, &actions, frame, len);
    ofpbuf_uninit(&actions);
}

void
packet_ins_send_back(struct packet_ins *pi, uint32_t vni, ofp_port_t port,
                     const void *frame, size_t len)
{
    struct ofpbuf actions;

    ofpbuf_init(&actions, 64);
    put_load_imm(&actions, FLOW_REG_VNI, vni, 0);
    put_load_imm(&actions, FLOW_REG_OUT, ofp_to_u16(port), 0);
    put_resubmit(&actions, FLOW_SERVICE_BACK);
    send_actions(pi, &actions, frame, len);
    ofpbuf_uninit(&actions);
}

bool
packet_ins_can_send(const struct packet_ins *pi)
{
    return (bridge_link_is_connected(&pi->link)
            && bridge_link_n_queued(&pi->link) < MAX_QUEUED / 2);
}

bool
packet_ins_is_drained(const struct packet_ins *pi)
{
    return pi->drained;
}

unsigned int
packet_ins_get_connection(const struct packet_ins *pi)
{
    return pi->connection;
}

struct json *
packet_ins_status_json(const struct packet_ins *pi)
{
    struct json *json = json_object_create();
    struct json *reasons = json_object_create();

    for (int i = 1; i < CONTROLLER_STAGE_N_REASONS; i++) {
        json_object_put(reasons, controller_stage_reason_to_string(i),
                        json_integer_create(pi->n_by_reason[i]));
    }
    json_object_put(json, "connected",
                    json_boolean_create(bridge_link_is_connected(&pi->link)));
    json_object_put(json, "received", json_integer_create(pi->n_received));
    json_object_put(json, "handled", json_integer_create(pi->n_handled));
    json_object_put(json, "dropped", json_integer_create(pi->n_dropped));
    json_object_put(json, "sent", json_integer_create(pi->n_sent));
    json_object_put(json, "reasons", reasons);
    return json;
}
