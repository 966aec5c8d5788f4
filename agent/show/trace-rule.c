/* The switch says that a packet passed, by flows that many rules may have made
 * together.  So the rules themselves are asked, with what is known of the
 * packet: the flow that was traced, and the endpoints at both ends. */

#include <config.h>

#include "agent/show/trace-rule.h"

#include <stdlib.h>
#include <string.h>

#include "agent/model/model-label.h"
#include "agent/model/model-policy.h"
#include "agent/show/trace-outside.h"
#include "agent/show/trace-path.h"
#include "flow.h"
#include "lib/option-json.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/ofp-flow.h"
#include "packets.h"
#include "util.h"

/* Reads 'text', as the switch was asked, but for the tunnel that the packet
 * came from.  Returns false if it is not IP. */
static bool
trace_rule_parse_flow(const char *text, struct flow *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    char *copy = xstrdup(text);
    char *save = NULL;
    char *error;

    for (char *token = strtok_r(copy, ", ", &save); token;
         token = strtok_r(NULL, ", ", &save)) {
        if (strncmp(token, "tun_", 4) && strncmp(token, "in_port", 7)) {
            ds_put_format(&s, "%s%s", s.length ? "," : "", token);
        }
    }
    error = parse_ofp_exact_flow(flow, NULL, NULL, ds_cstr(&s), NULL);
    ds_destroy(&s);
    free(copy);
    free(error);
    return !error && is_ip_any(flow);
}

static bool
flow_has_ports(const struct flow *flow)
{
    return (flow->nw_proto == IPPROTO_TCP || flow->nw_proto == IPPROTO_UDP
            || flow->nw_proto == IPPROTO_SCTP);
}

static void
trace_rule_init_packet(const struct trace_subject *subject,
                       const struct flow *flow,
                       enum policy_direction direction,
                       struct policy_packet *p)
{
    const struct vpc *vpc = subject->vpc->up.object->vpc;
    bool ipv6 = flow->dl_type == htons(ETH_TYPE_IPV6);

    memset(p, 0, sizeof *p);
    p->protocol = flow->nw_proto;
    p->port = flow_has_ports(flow) ? ntohs(flow->tp_dst) : 0;
    if (direction == POLICY_EGRESS) {
        const struct m_endpoint *dst = subject->dst;

        p->number = dst && dst->labels ? dst->labels->id : 0;
        p->ip = (ipv6 ? flow->ipv6_dst : in6_addr_mapped_ipv4(flow->nw_dst));
    } else {
        p->number = subject->src ? m_label_get_number(subject->src) : 0;
        p->ip = (ipv6 ? flow->ipv6_src : in6_addr_mapped_ipv4(flow->nw_src));
    }
    p->external = (!(direction == POLICY_EGRESS ? subject->dst : subject->src)
                   && vpc->n_subnets && !vpc_find_subnet(vpc, &p->ip));
}

static char *
trace_rule_find_in(const struct m_policy_group *group,
                   const struct policy_packet *p)
{
    struct policy_source *sources;
    char *found = NULL;
    size_t n_sources;

    sources = (group->direction == POLICY_INGRESS
               ? m_label_get_sources(group->vpc, &n_sources)
               : m_label_get_sets(group->vpc, &n_sources));
    for (size_t i = 0; i < group->n_policies && !found; i++) {
        const struct policy_rules *rules
            = &group->policies[i]->up.object->policy
               ->directions[group->direction];

        for (size_t j = 0; j < rules->n && !found; j++) {
            if (policy_rule_allows(&rules->rules[j], sources, n_sources, p)) {
                found = xasprintf("spec.%s[%"PRIuSIZE"] of %s",
                                  group->direction == POLICY_INGRESS
                                  ? "ingress" : "egress", j,
                                  group->policies[i]->up.name);
            }
        }
    }
    free(sources);
    return found;
}

struct json *
trace_rule_find(const struct trace_subject *subject,
                enum policy_direction direction)
{
    const struct m_endpoint *ep = (direction == POLICY_EGRESS ? subject->src
                                   : subject->dst);
    const struct m_policy_group *group
        = ep ? m_endpoint_get_group(ep, direction) : NULL;
    struct policy_packet packet;
    struct json *json;
    struct flow flow;
    char *rule;

    /* A service has changed what is in the flow. */
    if (!group || (subject->outside && subject->outside->lb)
        || !trace_rule_parse_flow(subject->flow, &flow)) {
        return json_null_create();
    }
    trace_rule_init_packet(subject, &flow, direction, &packet);
    rule = trace_rule_find_in(group, &packet);
    json = option_json_string(rule);
    free(rule);
    return json;
}
