/* What a receiver makes of packets from outside: model/vpc-trust.h has decided
 * whether an NVE may bring them in. */

#include <config.h>

#include "agent/show/explain-source.h"

#include <stdlib.h>

#include "agent/model/entity-order.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/vpc-trust.h"
#include "agent/remotes/peer-view.h"
#include "lib/resource-endpoint.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"

/* Returns a sentence, for the caller to free. */
static char *
describe_source(const struct m_vpc *vpc, const struct m_nve *nve,
                enum vpc_trust trust, const struct entity *by)
{
    static const char *const reasons[] = {
        [VPC_TRUST_GATEWAY] = "VPCGateway %s names it",
        [VPC_TRUST_APPLIANCE] = "appliance %s is there, which a route leads "
                                "through",
        [VPC_TRUST_FIP] = "endpoint %s is there, which has a floating IP",
    };
    char *reason, *sentence;

    if (trust == VPC_TRUST_NONE) {
        return xasprintf(
            "What NVE %s sends from outside of the subnets of VPC %s is "
            "dropped: no gateway names it, and there is no appliance and no "
            "floating IP at it.", nve->up.name, vpc->up.name);
    }
    reason = xasprintf(reasons[trust], by->name);
    sentence = xasprintf(
        "What NVE %s sends from outside of the subnets of VPC %s is let in, "
        "and policies take it as external, whatever its label: %s.",
        nve->up.name, vpc->up.name, reason);
    free(reason);
    return sentence;
}

static void
put_line(const struct m_vpc *vpc, const char *rule, char *sentence,
         struct json *lines)
{
    struct json *line = json_object_create();

    json_object_put(line, "profile", json_null_create());
    json_object_put_string(line, "vpc", vpc->up.name);
    json_object_put(line, "option", json_null_create());
    json_object_put(line, "name", json_null_create());
    json_object_put(line, "sent", json_null_create());
    json_object_put_string(line, "rule", rule);
    json_object_put(line, "saidBy", json_null_create());
    json_object_put(line, "sentence", json_string_create_nocopy(sentence));
    json_array_add(lines, line);
}

/* What the gateways that this node is a candidate of send. */
static void
put_gateway_lines(const struct m_vpc *vpc, const struct m_nve *nve,
                  struct json *lines)
{
    void **sorted = entity_order_list(&vpc->gateways);

    for (size_t i = 0; i < hmapx_count(&vpc->gateways); i++) {
        const struct m_gateway *gw = sorted[i];

        if (gw->valid && gw->self) {
            put_line(vpc, "gateway-sends-as", xasprintf(
                         "What gateway %s brings into VPC %s by this node "
                         "goes to NVE %s with the options of a sender of "
                         "type gateway (%d), and without a policy label.",
                         gw->up.name, vpc->up.name, nve->up.name,
                         EP_GATEWAY), lines);
        }
    }
    free(sorted);
}

/* How answers of 'b' to clients outside go back. */
static void
put_return_line(const struct m_lb *lb, const struct m_lb_backend *b,
                struct json *lines)
{
    static const char *const sentences[] = {
        [LB_RETURN_DIRECT] = "takes the option of services and is attached "
                             "to ExternalNetwork",
        [LB_RETURN_VIA] = "takes the option of services and is not used as "
                          "attached to ExternalNetwork",
        [LB_RETURN_MASQUERADE] = "gets what is translated for it from "
                                 "ExternalNetwork",
    };
    const char *how = b->has_ret ? lb_return_to_string(b->ret) : "none";
    char *rule = xasprintf("service-%s", how);

    put_line(lb->vpc, rule, (
        b->has_ret
        ? xasprintf("Answers of endpoint %s to clients of service %s outside "
                    "go back by \"%s\": NVE %s %s %s%s.", b->ep->up.name,
                    lb->up.name, how, b->nve->up.name, sentences[b->ret],
                    lb->gateway->extnet->up.name,
                    b->option == VALUE_SERVICE_DSR ? "; it gets Cilium's "
                    "option (service.dsr)" : "")
        : xasprintf("Endpoint %s gets nothing from clients of service %s "
                    "outside: its answers have no way back that spec.return "
                    "allows.", b->ep->up.name, lb->up.name)), lines);
    free(rule);
}

static void
put_returns_of(const struct m_lb *lb, const struct m_nve *nve,
               struct json *lines)
{
    struct shash backends = SHASH_INITIALIZER(&backends);
    const struct shash_node **sorted;
    const struct m_lb_backend *b;

    HMAP_FOR_EACH (b, node, &lb->backends) {
        if (b->nve == nve) {
            shash_add(&backends, b->ep->up.name, b);
        }
    }
    sorted = shash_sort(&backends);
    for (size_t i = 0; i < shash_count(&backends); i++) {
        put_return_line(lb, sorted[i]->data, lines);
    }
    free(sorted);
    shash_destroy(&backends);
}

/* Of the services that this node is a gateway to. */
static void
put_return_lines(const struct m_vpc *vpc, const struct m_nve *nve,
                 struct json *lines)
{
    struct shash lbs = SHASH_INITIALIZER(&lbs);
    const struct shash_node **sorted;
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &vpc->lbs) {
        const struct m_lb *lb = node->data;

        if (m_lb_get_def(lb) && lb->gateway && lb->gateway->self) {
            shash_add(&lbs, lb->up.name, lb);
        }
    }
    sorted = shash_sort(&lbs);
    for (size_t i = 0; i < shash_count(&lbs); i++) {
        put_returns_of(sorted[i]->data, nve, lines);
    }
    free(sorted);
    shash_destroy(&lbs);
}

static void
put_source_line(const struct m_vpc *vpc, const struct m_nve *nve,
                struct json *lines)
{
    static const char *const rules[] = {
        [VPC_TRUST_NONE] = "outside-dropped",
        [VPC_TRUST_GATEWAY] = "outside-by-gateway",
        [VPC_TRUST_APPLIANCE] = "outside-by-appliance",
        [VPC_TRUST_FIP] = "outside-by-floating-ip",
    };
    const struct entity *by;
    enum vpc_trust trust = vpc_trust_find(vpc, nve, &by);

    put_line(vpc, rules[trust], describe_source(vpc, nve, trust, by), lines);
}

/* Returns the option with the type of the sender that 'nve' sends us in
 * packets of 'vpc', or NULL. */
static const struct resolved_option *
find_type(const struct agent *agent, const struct m_vpc *vpc,
          const struct m_nve *nve)
{
    const struct resolved_option *found = NULL;
    struct opt_key wire[GENEVE_MAX_OPTIONS];
    struct negotiation n;

    if (!vpc->profile || !peer_view_get(agent, nve, vpc->profile, &n, wire)) {
        return NULL;
    }
    for (size_t i = 0; i < vpc->profile->n_options && !found; i++) {
        const struct resolved_option *o = &vpc->profile->options[i];

        for (size_t j = 0; o->value.from == VALUE_EP_TYPE
                           && j < n.n_options; j++) {
            if (opt_key_equals(n.options[j].key, o->sender.key)) {
                found = o;
            }
        }
    }
    negotiation_destroy(&n);
    return found;
}

/* What is made of the type gateway in its packets. */
static void
put_type_line(const struct agent *agent, const struct m_vpc *vpc,
              const struct m_nve *nve, struct json *lines)
{
    const struct resolved_option *type = find_type(agent, vpc, nve);
    const struct entity *by;
    enum vpc_trust trust = vpc_trust_find(vpc, nve, &by);
    bool routes = trust == VPC_TRUST_GATEWAY || trust == VPC_TRUST_APPLIANCE;

    if (!type) {
        put_line(vpc, "type-by-address", xasprintf(
                     "NVE %s does not send the type of its senders in VPC "
                     "%s: what it passes on is known by its source address.",
                     nve->up.name, vpc->up.name), lines);
    } else if (routes) {
        put_line(vpc, "type-believed", xasprintf(
                     "By option %s, NVE %s says which of its packets in VPC "
                     "%s are passed on (type gateway): they are let in if "
                     "they are from outside, and dropped if their source is "
                     "in the VPC's subnets.", type->name, nve->up.name,
                     vpc->up.name), lines);
    } else {
        put_line(vpc, "type-not-believed", xasprintf(
                     "Packets of NVE %s that say by option %s that they are "
                     "passed on into VPC %s (type gateway) are dropped, "
                     "unless they are from the address of an endpoint of that "
                     "type: no gateway names it, and there is no appliance "
                     "that a route leads through.", nve->up.name, type->name,
                     vpc->up.name), lines);
    }
}

void
explain_source_put_lines(const struct agent *agent, const struct m_nve *nve,
                         struct json *lines)
{
    struct shash vpcs = SHASH_INITIALIZER(&vpcs);
    const struct shash_node **nodes;
    struct m_share *share;

    HMAP_FOR_EACH (share, nve_node, &nve->shares) {
        if (m_vpc_is_active(share->vpc) && vpc_trust_is_needed(share->vpc)) {
            shash_add(&vpcs, share->vpc->up.name, share->vpc);
        }
    }
    nodes = shash_sort(&vpcs);
    for (size_t i = 0; i < shash_count(&vpcs); i++) {
        put_source_line(nodes[i]->data, nve, lines);
        put_type_line(agent, nodes[i]->data, nve, lines);
        put_gateway_lines(nodes[i]->data, nve, lines);
        put_return_lines(nodes[i]->data, nve, lines);
    }
    free(nodes);
    shash_destroy(&vpcs);
}
