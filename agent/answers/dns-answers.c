/* Names of endpoints.
 *
 * ENDPOINT.DOMAIN is the name of an Endpoint object of the VPC, wherever it
 * is plugged in, and has the addresses of its spec.ips; DOMAIN is that of any
 * subnet with 'dns'.  The reverse is answered, too.  The agent knows every
 * endpoint of a VPC that is in use here, so it asks nobody.
 *
 * Other names are refused, not said to be absent: a client that has further
 * name servers asks them then. */

#include <config.h>

#include "agent/answers/dns-answers.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/agent.h"
#include "agent/answers/packet-in.h"
#include "agent/model/endpoint-services.h"
#include "agent/model/model.h"
#include "agent/model/model-endpoint.h"
#include "lib/dns-message.h"
#include "lib/dns-reverse.h"
#include "lib/resource.h"
#include "lib/udp-frame.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(dns_answers);

#define ANSWER_TTL 64
#define CLASS_IN 1
#define CLASS_ANY 255

/* A zone of the VPC. */
struct zone {
    char *domain;
    uint32_t ttl;
};

/* Finds the zone that 'name' is in, and the length of what is before it.  The
 * caller frees zone->domain. */
static bool
find_zone(const struct m_vpc *vpc, const char *name, struct zone *zone,
          size_t *prefix_len)
{
    const struct vpc *def = vpc->up.object->vpc;

    for (size_t i = 0; i < def->n_subnets; i++) {
        const struct subnet_dns *dns = def->services[i].dns;

        if (dns) {
            zone->domain = subnet_dns_get_domain(dns, vpc->up.name);
            zone->ttl = dns->ttl;
            if (dns_name_is_valid(zone->domain)
                && dns_name_is_in(name, zone->domain, prefix_len)) {
                return true;
            }
            free(zone->domain);
        }
    }
    zone->domain = NULL;
    return false;
}

/* The endpoint of 'vpc' with that name, or NULL.  Names of objects are in
 * lower case. */
static const struct endpoint *
find_endpoint(const struct agent *agent, const struct m_vpc *vpc,
              const char *name, size_t len)
{
    char *lower = xmemdup0(name, len);
    const struct m_endpoint *ep;
    struct entity *entity;

    for (char *p = lower; *p; p++) {
        *p = tolower((unsigned char) *p);
    }
    entity = entity_find(agent->model, MODEL_ENDPOINT, lower);
    free(lower);
    ep = entity ? M_CAST(m_endpoint, entity) : NULL;
    return (ep && ep->vpc == vpc && ep->up.object
            ? ep->up.object->endpoint : NULL);
}

/* Puts the addresses of 'def' of the type that 'q' asks for.  Returns whether
 * all of them fit. */
static bool
put_addresses(struct dns_answer *a, const struct dns_query *q,
              const struct endpoint *def, uint32_t ttl)
{
    for (size_t i = 0; i < def->n_ips; i++) {
        bool ipv4 = IN6_IS_ADDR_V4MAPPED(&def->ips[i]);

        if ((q->type == DNS_ANY || q->type == (ipv4 ? DNS_A : DNS_AAAA))
            && !dns_answer_put_address(a, &def->ips[i], ttl)) {
            return false;
        }
    }
    return true;
}

static void
answer_zone(const struct agent *agent, const struct m_vpc *vpc,
            const struct dns_query *q, const struct zone *zone,
            size_t prefix_len, struct dns_answer *a)
{
    enum dns_rcode rcode = DNS_NO_ERROR;
    bool fits = true;

    if (prefix_len) {
        const struct endpoint *def = find_endpoint(agent, vpc, q->name,
                                                   prefix_len);

        if (def) {
            fits = put_addresses(a, q, def, zone->ttl);
        } else {
            rcode = DNS_NAME_ERROR;
        }
    } else if (q->type == DNS_SOA || q->type == DNS_ANY) {
        dns_answer_put_soa(a, zone->domain, zone->ttl, true);
    }
    if (!a->n_answers) {
        dns_answer_put_soa(a, zone->domain, zone->ttl, false);
    }
    dns_answer_end(a, rcode, true, !fits);
}

/* The name of the endpoint that has 'ip', in the domain of the subnet that has
 * it, or else the first of the VPC. */
static void
answer_reverse(const struct agent *agent, const struct m_vpc *vpc,
               const struct dns_query *q, const struct in6_addr *ip,
               struct dns_answer *a)
{
    const struct vpc *def = vpc->up.object->vpc;
    const struct subnet_services *s;
    const struct subnet *subnet;
    const struct m_endpoint *ep;

    s = endpoint_services_find(vpc, ip, &subnet);
    if (!s) {
        dns_answer_end(a, DNS_REFUSED, false, false);
        return;
    }
    for (size_t i = 0; !s->dns && i < def->n_subnets; i++) {
        s = &def->services[i];
    }
    ep = m_endpoint_find_by_ip(agent->model, vpc, ip);
    if (ep && s->dns && (q->type == DNS_PTR || q->type == DNS_ANY)) {
        char *domain = subnet_dns_get_domain(s->dns, vpc->up.name);
        char *name = xasprintf("%s.%s", ep->up.name, domain);

        if (dns_name_is_valid(name)) {
            dns_answer_put_name(a, name, s->dns->ttl);
        }
        free(name);
        free(domain);
    }
    dns_answer_end(a, ep ? DNS_NO_ERROR : DNS_NAME_ERROR, true, false);
}

static void
answer(const struct agent *agent, const struct m_vpc *vpc,
       const struct dns_query *q, struct ofpbuf *reply)
{
    struct in6_addr ip;
    struct dns_answer a;
    struct zone zone;
    size_t prefix_len;

    dns_answer_begin(&a, q, reply);
    if (q->opcode) {
        dns_answer_end(&a, DNS_NOT_IMPLEMENTED, false, false);
    } else if (!q->has_question) {
        dns_answer_end(&a, DNS_FORMAT_ERROR, false, false);
    } else if (q->edns_version) {
        dns_answer_end(&a, DNS_BAD_VERSION, false, false);
    } else if (!q->name_is_plain
               || (q->class != CLASS_IN && q->class != CLASS_ANY)) {
        dns_answer_end(&a, DNS_REFUSED, false, false);
    } else if (dns_reverse_parse(q->name, &ip)) {
        answer_reverse(agent, vpc, q, &ip, &a);
    } else if (find_zone(vpc, q->name, &zone, &prefix_len)) {
        answer_zone(agent, vpc, q, &zone, prefix_len, &a);
        free(zone.domain);
    } else {
        dns_answer_end(&a, DNS_REFUSED, false, false);
    }
}

bool
dns_answers_handle(struct agent *agent, const struct m_endpoint *ep,
                   const struct packet_in *p)
{
    struct udp_frame request, u;
    struct ofpbuf reply, frame;
    struct dns_query q;
    const char *fault;

    fault = udp_frame_parse(p->frame, p->len, &request);
    if (!fault) {
        fault = dns_message_parse(request.payload, request.payload_len, &q);
    }
    if (fault) {
        VLOG_DBG("endpoint %s: no answer to DNS: %s", ep->up.name, fault);
        return false;
    }
    ofpbuf_init(&reply, 512);
    answer(agent, ep->vpc, &q, &reply);
    u = (struct udp_frame) {
        .eth_src = GATEWAY_MAC,
        .eth_dst = ep->up.object->endpoint->mac,
        .src = request.dst,
        .dst = request.src,
        .sport = request.dport,
        .dport = request.sport,
        .ttl = ANSWER_TTL,
        .payload = reply.data,
        .payload_len = reply.size,
    };
    ofpbuf_init(&frame, 600);
    udp_frame_compose(&u, &frame);
    packet_ins_send(agent->packet_ins, ep->ofport, frame.data, frame.size);
    ofpbuf_uninit(&frame);
    ofpbuf_uninit(&reply);
    return true;
}
