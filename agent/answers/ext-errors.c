/* ICMP errors of gateways: see ext-errors.h.
 *
 * An error about a packet from outside is made about what NAT has made of
 * that packet, and comes from the external address that it was sent to, so
 * that it tells nothing about the VPC.  It leaves by FLOW_EXT_OUT like a
 * packet of the endpoint, where the datapath finds the connection by what is
 * quoted, and puts the external address and port into it.
 *
 * The other way, an ICMPv6 error from outside comes here untranslated, with
 * the connection that it is about: see gateway-in.c. */

#include <config.h>

#include "agent/answers/ext-errors.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/answers/packet-in.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/remotes/gateways.h"
#include "lib/icmp-error.h"
#include "lib/icmp-nat.h"
#include "lib/tcp-reset.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ext_errors);

/* The floating IP of 'extnet' that 'g' has for 'ip', or NULL. */
static const struct m_fip *
find_fip(const struct gateway *g, const struct in6_addr *ip)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &g->gw->extnet->users) {
        const struct entity *entity = node->data;

        if (entity->class->kind == MODEL_FIP) {
            const struct m_fip *fip = M_CAST(m_fip, entity);

            if (m_fip_get_def(fip) && fip->mode == FLOATING_IP_GATEWAY
                && fip->gateway == g->gw && ipv6_addr_equals(&fip->ip, ip)) {
                return fip;
            }
        }
    }
    return NULL;
}

/* Whether 'ip' is the external address of a service that 'g' has: packets for
 * it are not translated here. */
static bool
is_service(const struct gateway *g, const struct in6_addr *ip)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &g->gw->vpc->lbs) {
        const struct m_lb *lb = node->data;

        if (m_lb_get_def(lb) && lb->gateway == g->gw
            && ipv6_addr_equals(&m_lb_get_def(lb)->external_address, ip)) {
            return true;
        }
    }
    return false;
}

/* The floating IP that 'p', an IPv6 packet, is for, or NULL. */
static const struct m_fip *
find_fip_of_address(const struct m_extnet *extnet, const struct packet_in *p)
{
    const size_t ofs = ETH_HEADER_LEN + offsetof(struct ovs_16aligned_ip6_hdr,
                                                 ip6_dst);
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &extnet->users) {
        const struct entity *entity = node->data;

        if (entity->class->kind == MODEL_FIP) {
            const struct m_fip *fip = M_CAST(m_fip, entity);

            if (m_fip_get_def(fip) && p->len >= ofs + sizeof fip->ip
                && !memcmp(&m_fip_get_def(fip)->address, p->frame + ofs,
                           sizeof fip->ip)) {
                return fip;
            }
        }
    }
    return NULL;
}

/* The address outside by which a packet for 'ip' came, or, without NAT, the
 * VPC's gateway there; NULL if 'g' has nothing to do with it. */
static const struct in6_addr *
find_source(const struct gateway *g, const struct in6_addr *ip)
{
    const struct vpc_gateway *def = m_gateway_get_def(g->gw);
    const struct vpc *vpc = g->gw->vpc->up.object->vpc;
    const struct m_fip *fip = find_fip(g, ip);
    const struct vpc_gateway_snat *snat;
    const struct subnet *s;

    if (fip) {
        return &m_fip_get_def(fip)->address;
    } else if (is_service(g, ip)) {
        return ip;
    } else if (def->n_snat) {
        snat = vpc_gateway_find_snat(def, ip);
        return snat ? &snat->address : NULL;
    }
    s = vpc_find_subnet(vpc, ip);
    return s && ipv6_addr_is_set(&s->gateway) ? &s->gateway : NULL;
}

/* The gateway by which 'p', for 'ip' by now, came into its VPC, and the source
 * of an error about it. */
static const struct gateway *
find_gateway(const struct agent *agent, const struct m_extnet *extnet,
             const struct packet_in *p, const struct in6_addr *ip,
             const struct in6_addr **src)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->gateways->all) {
        const struct gateway *g = node->data;

        if (g->gw->extnet == extnet && g->gw->self && !g->problem
            && g->gw->vpc->vni == p->vni) {
            *src = find_source(g, ip);
            if (*src) {
                return g;
            }
        }
    }
    return NULL;
}

static enum icmp_error
reason_to_error(enum controller_stage_reason reason)
{
    return (reason == CONTROLLER_STAGE_TTL ? ICMP_ERR_TIME_EXCEEDED
            : reason == CONTROLLER_STAGE_NO_HOST ? ICMP_ERR_NO_HOST
            : reason == CONTROLLER_STAGE_NO_SERVICE ? ICMP_ERR_NO_PORT
            : ICMP_ERR_TOO_BIG);
}

static void
send_error(struct agent *agent, const struct gateway *g,
           const struct packet_in *p, const struct icmp_offender *o,
           const struct in6_addr *src)
{
    struct ofpbuf frame;

    ofpbuf_init(&frame, 1500);
    if (p->reason == CONTROLLER_STAGE_NO_SERVICE
        && icmp_offender_get_protocol(o) == IPPROTO_TCP) {
        tcp_reset_compose(o, gateway_flows_get_mac(g), &frame);
    } else {
        icmp_error_compose(o, reason_to_error(p->reason), p->mtu,
                           gateway_flows_get_mac(g), src, &frame);
    }
    if (frame.size) {
        packet_ins_send_gateway(agent->packet_ins, FLOW_EXT_OUT, p->extnet,
                                g->gw->up.id, frame.data, frame.size);
    }
    ofpbuf_uninit(&frame);
}

static bool
answer(struct agent *agent, const struct packet_in *p)
{
    struct m_extnet *extnet = m_extnet_find(agent->model, p->endpoint);
    uint8_t *offender = xmemdup(p->frame, p->len);
    const struct gateway *g = NULL;
    const struct in6_addr *src;
    struct icmp_offender o;
    size_t len = p->len;

    icmp_nat_forget_fragment(offender, &len);
    if (m_extnet_get_def(extnet) && !icmp_offender_parse(offender, len, &o)) {
        g = find_gateway(agent, extnet, p, &o.dst, &src);
    }
    if (g && packet_limit_admit(&extnet->error_limit)) {
        send_error(agent, g, p, &o, src);
    } else {
        g = NULL;
    }
    free(offender);
    return g != NULL;
}

/* Whom the error 'p' is for, and from which port that has sent what is quoted,
 * 0: from the same.  Returns false if nobody knows. */
static bool
find_sender(const struct m_extnet *extnet, const struct packet_in *p,
            struct in6_addr *ip, ovs_be16 *port)
{
    const struct m_fip *fip = NULL;

    if (ipv6_addr_is_set(&p->ct_src)) {
        *ip = p->ct_src;
        *port = p->ct_port;
    } else {
        fip = find_fip_of_address(extnet, p);
        *ip = fip ? fip->ip : in6addr_any;
        *port = 0;
    }
    return ipv6_addr_is_set(ip) && !IN6_IS_ADDR_V4MAPPED(ip);
}

static bool
translate(struct agent *agent, const struct packet_in *p)
{
    struct m_extnet *extnet = m_extnet_find(agent->model, p->endpoint);
    const char *refusal;
    struct in6_addr ip;
    uint8_t *frame;
    ovs_be16 port;

    if (!m_extnet_get_def(extnet) || !find_sender(extnet, p, &ip, &port)
        || !packet_limit_admit(&extnet->error_limit)) {
        return false;
    }
    frame = xmemdup(p->frame, p->len);
    refusal = icmp_nat_translate_back(frame, p->len, &ip, port);
    if (refusal) {
        VLOG_DBG("external network %s: an ICMPv6 error is dropped: %s",
                 extnet->up.name, refusal);
    } else {
        packet_ins_send_gateway(agent->packet_ins, FLOW_EXT_BACK, p->extnet,
                                p->gateway, frame, p->len);
    }
    free(frame);
    return !refusal;
}

bool
ext_errors_take(struct agent *agent, const struct packet_in *p)
{
    switch ((int) p->reason) {
    case CONTROLLER_STAGE_TTL:
    case CONTROLLER_STAGE_NO_HOST:
    case CONTROLLER_STAGE_TOO_BIG:
    case CONTROLLER_STAGE_NO_SERVICE:
        return answer(agent, p);
    case CONTROLLER_STAGE_NAT_ERROR:
        return translate(agent, p);
    default:
        return false;
    }
}
