/* Answers to the outside: see ext-answers.h.
 *
 * A packet for a floating IP is handed over as it came, before it is
 * translated.  So the error quotes what its sender knows, and comes from the
 * address that it was for. */

#include <config.h>

#include "agent/answers/ext-answers.h"

#include <netinet/icmp6.h>

#include "agent/agent.h"
#include "agent/answers/ext-neighbors.h"
#include "agent/answers/packet-in.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model.h"
#include "dp-packet.h"
#include "flow.h"
#include "lib/icmp-error.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

bool
ext_answers_wants(enum controller_stage_reason reason)
{
    return (reason == CONTROLLER_STAGE_EXT_HEARD
            || reason == CONTROLLER_STAGE_EXT_UNKNOWN
            || reason == CONTROLLER_STAGE_EXT_TOO_BIG
            || reason == CONTROLLER_STAGE_EXT_TTL
            || reason == CONTROLLER_STAGE_EXT_SOLICITATION);
}

static void
send_out(struct agent *agent, const struct m_extnet *extnet,
         const void *frame, size_t len)
{
    packet_ins_send_ext(agent->packet_ins, FLOW_EXT_SEND, extnet->up.id, frame,
                        len);
}

/* The flow has put the MAC of the address in the place of the sender's, which
 * is in the solicitation, too, unless it has no address yet. */
static bool
answer_solicitation(struct agent *agent, const struct m_extnet *extnet,
                    const struct packet_in *p)
{
    const struct in6_addr *dst = &in6addr_all_hosts;
    struct dp_packet solicit, advert;
    uint32_t flags = ND_RSO_OVERRIDE;
    struct eth_addr eth_dst;
    struct flow flow;

    dp_packet_use_const(&solicit, p->frame, p->len);
    flow_extract(&solicit, &flow);
    if (flow.nw_proto != IPPROTO_ICMPV6
        || flow.tp_src != htons(ND_NEIGHBOR_SOLICIT)) {
        return false;
    }
    ipv6_multicast_to_ethernet(&eth_dst, dst);
    if (ipv6_addr_is_set(&flow.ipv6_src)) {
        dst = &flow.ipv6_src;
        eth_dst = flow.arp_sha;
        flags |= ND_RSO_SOLICITED;
    }
    if (eth_addr_is_zero(eth_dst)) {
        return false;
    }
    dp_packet_init(&advert, 128);
    compose_nd_na(&advert, flow.dl_src, eth_dst, &flow.nd_target, dst,
                  htonl(flags));
    send_out(agent, extnet, dp_packet_data(&advert), dp_packet_size(&advert));
    dp_packet_uninit(&advert);
    return true;
}

static bool
answer_error(struct agent *agent, const struct m_extnet *extnet,
             const struct packet_in *p, enum icmp_error error)
{
    const struct eth_header *eth = (const struct eth_header *) p->frame;
    struct icmp_offender o;
    struct ofpbuf frame;

    if (icmp_offender_parse(p->frame, p->len, &o)) {
        return false;
    }
    ofpbuf_init(&frame, 1500);
    icmp_error_compose(&o, error, p->mtu, eth->eth_dst, &o.dst, &frame);
    send_out(agent, extnet, frame.data, frame.size);
    ofpbuf_uninit(&frame);
    return true;
}

bool
ext_answers_take(struct agent *agent, const struct packet_in *p)
{
    const struct m_extnet *extnet = m_extnet_find(agent->model, p->endpoint);

    if (!extnet) {
        return false;
    }
    switch ((int) p->reason) {
    case CONTROLLER_STAGE_EXT_SOLICITATION:
        return answer_solicitation(agent, extnet, p);
    case CONTROLLER_STAGE_EXT_TOO_BIG:
        return answer_error(agent, extnet, p, ICMP_ERR_TOO_BIG);
    case CONTROLLER_STAGE_EXT_TTL:
        return answer_error(agent, extnet, p, ICMP_ERR_TIME_EXCEEDED);
    default:
        return ext_neighbors_take(agent, p);
    }
}
