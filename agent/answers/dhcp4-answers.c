/* DHCPv4 for local endpoints.
 *
 * What an endpoint gets follows from its object and its VPC's; lib/dhcp4.h and
 * lib/dhcp4-answer.h know the protocol.  The server is the subnet's gateway,
 * which every node answers for, so a client may renew at any node. */

#include <config.h>

#include "agent/answers/dhcp4-answers.h"

#include "agent/agent.h"
#include "agent/answers/dhcp-declines.h"
#include "agent/answers/packet-in.h"
#include "agent/answers/told-dns.h"
#include "agent/model/endpoint-services.h"
#include "agent/model/model.h"
#include "dhcp.h"
#include "lib/dhcp4-answer.h"
#include "lib/resource.h"
#include "lib/udp-frame.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(dhcp4_answers);

#define ANSWER_TTL 64
#define BROADCAST_FLAG 0x8000

/* The server's address in a subnet without a gateway: a link-local one, which
 * no endpoint can send to, so its client renews by broadcast. */
#define SERVER_IP 0xa9fe0101        /* 169.254.1.1 */

/* The least MTU of the option: RFC 2132, section 5.1. */
#define MIN_MTU 68

/* Which of its addresses the endpoint gets, of those in subnets with 'dhcp':
 * the one that the client asks for, or has, else the first.  NULL: none. */
static const struct in6_addr *
choose_address(const struct m_endpoint *ep, const struct dhcp4_request *r)
{
    const struct endpoint *def = ep->up.object->endpoint;
    const struct in6_addr *first = NULL;

    for (size_t i = 0; i < def->n_ips; i++) {
        const struct subnet_services *s;
        const struct subnet *subnet;
        ovs_be32 ip;

        s = endpoint_services_find(ep->vpc, &def->ips[i], &subnet);
        if (!s || !s->dhcp || subnet->prefix.is_ipv6) {
            continue;
        }
        ip = in6_addr_get_mapped_ipv4(&def->ips[i]);
        if (ip == (r->requested_ip ? r->requested_ip : r->ciaddr)) {
            return &def->ips[i];
        } else if (!first) {
            first = &def->ips[i];
        }
    }
    return first;
}

static ovs_be32
get_ip4(const struct in6_addr *ip)
{
    return ipv6_addr_is_set(ip) ? in6_addr_get_mapped_ipv4(ip) : 0;
}

/* The frame that takes 'reply' to the client (RFC 2131, section 4.1). */
static void
send_reply(struct agent *agent, const struct m_endpoint *ep,
           const struct dhcp4_request *r, const struct dhcp4_config *cfg,
           enum dhcp4_outcome outcome, const struct ofpbuf *reply)
{
    bool broadcast = (outcome == DHCP4_REFUSED
                      || (!r->ciaddr && r->flags & htons(BROADCAST_FLAG)));
    ovs_be32 dst = (broadcast ? OVS_BE32_MAX
                    : r->ciaddr ? r->ciaddr : cfg->ip);
    struct udp_frame u = {
        .eth_src = GATEWAY_MAC,
        .eth_dst = broadcast ? eth_addr_broadcast : r->chaddr,
        .src = in6_addr_mapped_ipv4(cfg->server_id),
        .dst = in6_addr_mapped_ipv4(dst),
        .sport = DHCP_SERVER_PORT,
        .dport = DHCP_CLIENT_PORT,
        .ttl = ANSWER_TTL,
        .payload = reply->data,
        .payload_len = reply->size,
    };
    struct ofpbuf frame;

    ofpbuf_init(&frame, 1500);
    udp_frame_compose(&u, &frame);
    packet_ins_send(agent->packet_ins, ep->ofport, frame.data, frame.size);
    ofpbuf_uninit(&frame);
}

static bool
answer(struct agent *agent, const struct m_endpoint *ep,
       const struct dhcp4_request *r, const struct in6_addr *ip)
{
    const struct subnet *subnet;
    const struct subnet_services *s
        = endpoint_services_find(ep->vpc, ip, &subnet);
    const struct told_dns given = { s->dhcp->dns, s->dhcp->n_dns,
                                    s->dhcp->domain };
    ovs_be32 gateway = get_ip4(&subnet->gateway);
    enum dhcp4_outcome outcome;
    struct told_dns told;
    struct ofpbuf reply;

    told_dns_init(&told, ep->vpc, subnet, s, s->dhcp->has_dns, &given);
    struct dhcp4_config cfg = {
        .ip = in6_addr_get_mapped_ipv4(ip),
        .plen = subnet->prefix.plen,
        .server_id = gateway ? gateway : htonl(SERVER_IP),
        .router = gateway,
        .mtu = ep->vpc->mtu >= MIN_MTU ? ep->vpc->mtu : 0,
        .dns = told.ips,
        .n_dns = told.n,
        .domain = told.domain,
        /* A VPCRoute is in force at the gateway, so clients need not know of
         * it; one that they had to know of would have to be here, too. */
        .routes = s->dhcp->routes,
        .n_routes = s->dhcp->n_routes,
        .dhcp = s->dhcp,
    };
    ofpbuf_init(&reply, 600);
    outcome = dhcp4_answer(r, &cfg, &reply);
    if (outcome == DHCP4_DECLINED) {
        char address[INET6_ADDRSTRLEN];

        ipv6_string_mapped(address, ip);
        dhcp_declines_note(agent->dhcp_declines, ep->up.name, address);
    } else if (reply.size) {
        send_reply(agent, ep, r, &cfg, outcome, &reply);
    }
    VLOG_DBG("endpoint %s: DHCP message %d: outcome %d", ep->up.name, r->type,
             outcome);
    ofpbuf_uninit(&reply);
    told_dns_destroy(&told);
    return outcome != DHCP4_IGNORED;
}

bool
dhcp4_answers_handle(struct agent *agent, const struct m_endpoint *ep,
                     const struct packet_in *p)
{
    const struct in6_addr *ip;
    struct dhcp4_request r;
    const char *fault;
    struct udp_frame u;

    fault = udp_frame_parse(p->frame, p->len, &u);
    if (!fault) {
        fault = dhcp4_parse(u.payload, u.payload_len, &r);
    }
    if (!fault && !eth_addr_equals(r.chaddr, ep->up.object->endpoint->mac)) {
        fault = "for another MAC";
    }
    if (fault) {
        VLOG_DBG("endpoint %s: no answer to DHCP: %s", ep->up.name, fault);
        return false;
    }
    ip = choose_address(ep, &r);
    return ip && answer(agent, ep, &r, ip);
}
