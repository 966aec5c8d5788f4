/* ICMP to local endpoints: see icmp-answers.h.
 *
 * The switch says what is wrong with a packet.  Here it is decided which
 * address the error comes from. */

#include <config.h>

#include "agent/answers/icmp-answers.h"

#include "agent/agent.h"
#include "agent/answers/neighbor-advert.h"
#include "agent/answers/packet-in.h"
#include "agent/model/model.h"
#include "dp-packet.h"
#include "lib/icmp-error.h"
#include "lib/resource.h"
#include "lib/tcp-reset.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(icmp_answers);

/* Whether 'ip' is the broadcast address of 's', which may be NULL.  RFC 1122,
 * section 3.2.2: no error about a broadcast, even if the endpoint sent it to
 * its gateway's MAC. */
static bool
is_subnet_broadcast(const struct subnet *s, const struct in6_addr *ip)
{
    uint32_t host_bits;

    if (!s || s->prefix.is_ipv6 || s->prefix.plen >= 31) {
        return false;
    }
    host_bits = UINT32_MAX >> s->prefix.plen;
    return (ntohl(in6_addr_get_mapped_ipv4(ip)) & host_bits) == host_bits;
}

/* Returns the address that an error comes from: the gateway of the sender's
 * subnet, else another gateway of the VPC, else NULL.  A packet may be too big
 * for an endpoint of the sender's own subnet, where there need be no gateway:
 * that error comes from the packet's destination. */
static const struct in6_addr *
choose_source(const struct vpc *vpc, const struct icmp_offender *o,
              enum icmp_error error)
{
    const struct subnet *own = vpc_find_subnet(vpc, &o->src);

    if (own && ipv6_addr_is_set(&own->gateway)) {
        return &own->gateway;
    }
    if (error == ICMP_ERR_TOO_BIG) {
        return &o->dst;
    }
    for (size_t i = 0; i < vpc->n_subnets; i++) {
        const struct subnet *s = &vpc->subnets[i];

        if (s->prefix.is_ipv6 == o->is_ipv6
            && ipv6_addr_is_set(&s->gateway)) {
            return &s->gateway;
        }
    }
    return NULL;
}

static enum icmp_error
reason_to_error(enum controller_stage_reason reason)
{
    switch (reason) {
    case CONTROLLER_STAGE_TTL: return ICMP_ERR_TIME_EXCEEDED;
    case CONTROLLER_STAGE_NO_ROUTE: return ICMP_ERR_NO_ROUTE;
    case CONTROLLER_STAGE_NO_HOST: return ICMP_ERR_NO_HOST;
    case CONTROLLER_STAGE_NO_PORT:
    case CONTROLLER_STAGE_NO_SERVICE: return ICMP_ERR_NO_PORT;
    case CONTROLLER_STAGE_TOO_BIG: return ICMP_ERR_TOO_BIG;
    case CONTROLLER_STAGE_SOLICITATION:
    case CONTROLLER_STAGE_EXT_HEARD:
    case CONTROLLER_STAGE_EXT_UNKNOWN:
    case CONTROLLER_STAGE_DHCP4:
    case CONTROLLER_STAGE_DHCP6:
    case CONTROLLER_STAGE_ROUTER:
    case CONTROLLER_STAGE_DNS:
    case CONTROLLER_STAGE_EXT_TOO_BIG:
    case CONTROLLER_STAGE_EXT_TTL:
    case CONTROLLER_STAGE_EXT_SOLICITATION:
    case CONTROLLER_STAGE_NAT_ERROR:
    case CONTROLLER_STAGE_PROBE:
    case CONTROLLER_STAGE_N_REASONS:
    default: OVS_NOT_REACHED();
    }
}

bool
icmp_answers_solicitation(struct agent *agent, const struct m_endpoint *ep,
                          const struct packet_in *p)
{
    struct dp_packet advert;
    bool good;

    dp_packet_init(&advert, 128);
    good = neighbor_advert_compose(p, &ep->up.object->endpoint->mac,
                                   &advert);
    if (good) {
        packet_ins_send(agent->packet_ins, ep->ofport, dp_packet_data(&advert),
                        dp_packet_size(&advert));
    }
    dp_packet_uninit(&advert);
    return good;
}

/* Sends 'frame' to 'ep', whose packet it is about.  In a VPC with services
 * that may have been translated: then 'frame' is translated back. */
static void
send_about(struct agent *agent, const struct m_endpoint *ep,
           const struct ofpbuf *frame)
{
    if (ep->vpc->n_lbs) {
        packet_ins_send_back(agent->packet_ins, ep->vpc->vni, ep->ofport,
                             frame->data, frame->size);
    } else {
        packet_ins_send(agent->packet_ins, ep->ofport, frame->data,
                        frame->size);
    }
}

bool
icmp_answers_no_service(struct agent *agent, const struct m_endpoint *ep,
                        const struct packet_in *p)
{
    const char *refusal;
    struct icmp_offender o;
    struct ofpbuf frame;

    refusal = icmp_offender_parse(p->frame, p->len, &o);
    if (refusal) {
        VLOG_DBG("endpoint %s: no answer: %s", ep->up.name, refusal);
        return false;
    }
    ofpbuf_init(&frame, 1500);
    if (icmp_offender_get_protocol(&o) != IPPROTO_TCP) {
        icmp_error_compose(&o, ICMP_ERR_NO_PORT, 0,
                           (struct eth_addr) GATEWAY_MAC, &o.dst, &frame);
    } else {
        tcp_reset_compose(&o, (struct eth_addr) GATEWAY_MAC, &frame);
    }
    if (frame.size) {
        send_about(agent, ep, &frame);
    }
    ofpbuf_uninit(&frame);
    return true;
}

bool
icmp_answers_error(struct agent *agent, const struct m_endpoint *ep,
                   const struct packet_in *p)
{
    enum icmp_error error = reason_to_error(p->reason);
    const struct vpc *vpc = ep->vpc->up.object->vpc;
    const struct in6_addr *src;
    struct icmp_offender o;
    const char *refusal;
    struct ofpbuf frame;

    refusal = icmp_offender_parse(p->frame, p->len, &o);
    if (!refusal && is_subnet_broadcast(vpc_find_subnet(vpc, &o.dst),
                                        &o.dst)) {
        refusal = "a subnet's broadcast address";
    }
    if (refusal) {
        VLOG_DBG("endpoint %s: no answer: %s", ep->up.name, refusal);
        return false;
    }
    src = choose_source(vpc, &o, error);
    if (!src) {
        return false;
    }
    /* The frame may not tell: a packet that was routed, and then was too big,
     * no longer has the sender's MAC. */
    o.eth_src = ep->up.object->endpoint->mac;
    ofpbuf_init(&frame, 1500);
    icmp_error_compose(&o, error, p->mtu, (struct eth_addr) GATEWAY_MAC,
                       src, &frame);
    send_about(agent, ep, &frame);
    ofpbuf_uninit(&frame);
    return true;
}
