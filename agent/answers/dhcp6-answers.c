/* DHCPv6 for local endpoints.
 *
 * What an endpoint gets follows from its object and its VPC's; lib/dhcp6.h and
 * lib/dhcp6-answer.h know the protocol.  All nodes are one server: its
 * identity comes from the gateways' MAC.  What is not an address (name
 * servers, options) is that of the first of its subnets. */

#include <config.h>

#include "agent/answers/dhcp6-answers.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/answers/dhcp-declines.h"
#include "agent/answers/packet-in.h"
#include "agent/answers/told-dns.h"
#include "agent/model/endpoint-services.h"
#include "agent/model/model.h"
#include "lib/dhcp6-answer.h"
#include "lib/resource.h"
#include "lib/udp-frame.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(dhcp6_answers);

#define ANSWER_HOP_LIMIT 64

/* Addresses of an endpoint that it gets, at most. */
#define MAX_ADDRESSES 16

/* An identity of type DUID-LL (RFC 8415, section 11.4). */
struct server_id {
    uint8_t bytes[4 + ETH_ADDR_LEN];
};

static struct server_id
get_server_id(void)
{
    static const struct eth_addr mac = GATEWAY_MAC;
    struct server_id id = { .bytes = { 0, 3, 0, 1 } };

    memcpy(&id.bytes[4], &mac, sizeof mac);
    return id;
}

/* Fills in the addresses of 'ep' in subnets with 'dhcp'.  Returns how many,
 * and in '*first' the address that says which subnet the rest is from. */
static size_t
get_addresses(const struct m_endpoint *ep, struct dhcp6_address *addresses,
              const struct in6_addr **first)
{
    const struct endpoint *def = ep->up.object->endpoint;
    size_t n = 0;

    *first = NULL;
    for (size_t i = 0; i < def->n_ips && n < MAX_ADDRESSES; i++) {
        const struct subnet_services *s;
        const struct subnet *subnet;

        s = endpoint_services_find(ep->vpc, &def->ips[i], &subnet);
        if (s && s->dhcp && subnet->prefix.is_ipv6) {
            addresses[n++] = (struct dhcp6_address) {
                def->ips[i], s->dhcp->lease
            };
            *first = *first ? *first : &def->ips[i];
        }
    }
    return n;
}

static void
send_reply(struct agent *agent, const struct m_endpoint *ep,
           const struct udp_frame *request, const struct ofpbuf *reply)
{
    struct udp_frame u = {
        .eth_src = GATEWAY_MAC,
        .eth_dst = ep->up.object->endpoint->mac,
        .dst = request->src,
        .sport = DHCP6_SERVER_PORT,
        .dport = DHCP6_CLIENT_PORT,
        .ttl = ANSWER_HOP_LIMIT,
        .payload = reply->data,
        .payload_len = reply->size,
    };
    struct ofpbuf frame;

    in6_generate_lla(u.eth_src, &u.src);
    ofpbuf_init(&frame, 1500);
    udp_frame_compose(&u, &frame);
    packet_ins_send(agent->packet_ins, ep->ofport, frame.data, frame.size);
    ofpbuf_uninit(&frame);
}

/* Notes that the client declines the addresses of 'r' that are its own. */
static void
note_decline(struct agent *agent, const struct m_endpoint *ep,
             const struct dhcp6_request *r)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < r->n_ias; i++) {
        for (size_t j = 0; j < r->ias[i].n_ips; j++) {
            ds_put_cstr(&s, s.length ? ", " : "");
            ipv6_format_addr(&r->ias[i].ips[j], &s);
        }
    }
    dhcp_declines_note(agent->dhcp_declines, ep->up.name, ds_cstr(&s));
    ds_destroy(&s);
}

static bool
answer(struct agent *agent, const struct m_endpoint *ep,
       const struct udp_frame *request, const struct dhcp6_request *r)
{
    struct server_id id = get_server_id();
    struct dhcp6_address addresses[MAX_ADDRESSES];
    const struct subnet_services *s;
    const struct subnet *subnet;
    const struct in6_addr *ip;
    enum dhcp6_outcome outcome;
    struct told_dns told;
    struct ofpbuf reply;
    size_t n;

    n = get_addresses(ep, addresses, &ip);
    if (!n) {
        return false;
    }
    s = endpoint_services_find(ep->vpc, ip, &subnet);
    const struct told_dns given = { s->dhcp->dns, s->dhcp->n_dns,
                                    s->dhcp->domain };
    told_dns_init(&told, ep->vpc, subnet, s, s->dhcp->has_dns, &given);
    struct dhcp6_config cfg = {
        .server_id = id.bytes,
        .server_id_len = sizeof id.bytes,
        .addresses = addresses,
        .n_addresses = n,
        .dns = told.ips,
        .n_dns = told.n,
        .domain = told.domain,
        .dhcp = s->dhcp,
    };
    ofpbuf_init(&reply, 600);
    outcome = dhcp6_answer(r, &cfg, &reply);
    if (outcome == DHCP6_DECLINED) {
        note_decline(agent, ep, r);
    }
    if (reply.size) {
        send_reply(agent, ep, request, &reply);
    }
    VLOG_DBG("endpoint %s: DHCPv6 message %d: outcome %d", ep->up.name,
             r->type, outcome);
    ofpbuf_uninit(&reply);
    told_dns_destroy(&told);
    return outcome != DHCP6_IGNORED;
}

bool
dhcp6_answers_handle(struct agent *agent, const struct m_endpoint *ep,
                     const struct packet_in *p)
{
    struct dhcp6_request r;
    const char *fault;
    struct udp_frame u;

    fault = udp_frame_parse(p->frame, p->len, &u);
    if (!fault) {
        fault = dhcp6_parse(u.payload, u.payload_len, &r);
    }
    if (fault) {
        VLOG_DBG("endpoint %s: no answer to DHCPv6: %s", ep->up.name, fault);
        return false;
    }
    return answer(agent, ep, &u, &r);
}
