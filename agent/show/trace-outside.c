/* From outside: the packet is as the router of the provider network would hand
 * it over, to the MAC by which the owner of its destination answers there.
 *
 * A candidate of a gateway that is not the active one has the same flows, so
 * there is something to trace; the answer says that nothing comes there now.
 * Which backend a service chooses is read from what the switch printed: the
 * MAC and the option that FLOW_VIP sets, or the translation. */

#include <config.h>

#include "agent/show/trace-outside.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/ext-flows.h"
#include "agent/flows/fip-flows.h"
#include "agent/flows/gateway-flows.h"
#include "agent/flows/pipeline.h"
#include "agent/flows/vip-gateway.h"
#include "agent/model/model-extnet.h"
#include "agent/model/model-fip.h"
#include "agent/model/model-gateway.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/node/attachments.h"
#include "agent/remotes/gateways.h"
#include "agent/show/trace-packet.h"
#include "lib/ip-address.h"
#include "lib/option-json.h"
#include "lib/service-option.h"
#include "lib/trace-parse.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "util.h"

/* Finds the network, and how this node is attached to it. */
static char *
find_network(const struct agent *agent, const char *network,
             struct trace_outside *o)
{
    struct m_extnet *extnet = m_extnet_find(agent->model, network);

    if (!extnet || !extnet->up.object) {
        return xasprintf("there is no ExternalNetwork \"%.300s\"; SRC is the "
                         "name of an endpoint, or "TRACE_OUTSIDE_PREFIX
                         "NETWORK", network);
    } else if (!m_extnet_get_def(extnet)) {
        return xasprintf("ExternalNetwork %s is not in use: it %s", network,
                         extnet->up.problem ? extnet->up.problem
                         : "is refused");
    }
    o->extnet = extnet;
    o->attachment = ext_flows_get_attachment(agent, extnet);
    if (!o->attachment) {
        const char *physnet = m_extnet_get_def(extnet)->physical_network;

        return xasprintf("this node, %s, is not attached to ExternalNetwork "
                         "%s: external_ids:nve-bridge-mappings has no bridge "
                         "with a port for %s",
                         agent->model->self ? agent->model->self : "-",
                         network, physnet);
    }
    return NULL;
}

/* Whether 'gw' is into the network and has 'o->ip' by itself. */
static bool
gateway_has(const struct m_gateway *gw, const struct trace_outside *o)
{
    const struct vpc_gateway *def = m_gateway_get_def(gw);

    if (!def || gw->extnet != o->extnet || !gw->vpc) {
        return false;
    }
    for (size_t i = 0; i < def->n_snat; i++) {
        if (ipv6_addr_equals(&def->snat[i].address, &o->ip)) {
            return true;
        }
    }
    return (gw->routes && gw->vpc->up.object
            && vpc_find_subnet(gw->vpc->up.object->vpc, &o->ip));
}

/* The service of the gateway's VPC with the address 'o->ip', or NULL. */
static const struct m_lb *
find_service(const struct m_gateway *gw, const struct trace_outside *o)
{
    const struct hmapx_node *node;

    if (gw->extnet == o->extnet && gw->vpc) {
        HMAPX_FOR_EACH (node, &gw->vpc->lbs) {
            const struct m_lb *lb = node->data;
            const struct load_balancer *def = m_lb_get_def(lb);

            if (def && lb->gateway == gw
                && ipv6_addr_equals(&def->external_address, &o->ip)) {
                return lb;
            }
        }
    }
    return NULL;
}

/* Finds whose address 'o->ip' is. */
static void
find_owner(const struct model *model, struct trace_outside *o)
{
    const struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_FIP]) {
        const struct m_fip *fip = M_CAST(m_fip, entity);
        const struct floating_ip *def = (fip->up.object
                                         ? fip->up.object->fip : NULL);

        if (def && fip->extnet == o->extnet
            && ipv6_addr_equals(&def->address, &o->ip)) {
            o->fip = fip;
            o->vpc = fip->vpc;
            if (fip->valid && fip->mode == FLOATING_IP_GATEWAY) {
                o->gw = fip->gateway;
            }
            if (fip->valid) {
                return;
            }
        }
    }
    HMAP_FOR_EACH (entity, node, &model->entities[MODEL_GATEWAY]) {
        const struct m_gateway *gw = M_CAST(m_gateway, entity);

        o->lb = find_service(gw, o);
        if (o->lb || gateway_has(gw, o)) {
            o->fip = NULL;
            o->gw = gw;
            o->vpc = gw->vpc;
            return;
        }
    }
}

static const char *
get_owner_kind(const struct trace_outside *o)
{
    return o->lb ? "LoadBalancer" : o->fip ? "FloatingIP" : "VPCGateway";
}

static const struct entity *
get_owner(const struct trace_outside *o)
{
    return o->lb ? &o->lb->up : o->fip ? &o->fip->up : &o->gw->up;
}

/* The node that is active for the address, as far as this one knows, or
 * NULL. */
static const char *
get_active(const struct agent *agent, const struct trace_outside *o)
{
    if (o->gw) {
        const struct vpc_gateway *def = m_gateway_get_def(o->gw);

        return (o->gw->active ? agent->model->self
                : def ? def->status_active : NULL);
    }
    return (o->fip->valid && o->fip->nve ? o->fip->nve->up.name
            : o->fip->up.object->fip->status_nve);
}

/* Whether this node has flows for the address.  Sets 'o->mac' if so. */
static bool
is_here(const struct agent *agent, struct trace_outside *o)
{
    const struct gateway *g = o->gw ? gateways_find(agent, o->gw->up.name)
                                    : NULL;

    if (g) {
        o->mac = gateway_flows_get_mac(g);
    } else if (o->fip) {
        o->mac = fip_flows_get_mac(o->fip);
    }
    return (!o->vpc || !o->vpc->up.object || !m_vpc_is_active(o->vpc) ? false
            : o->fip ? fip_flows_has(agent, o->fip)
            : o->lb ? vip_gateway_find(agent, o->lb) != NULL
            : g && g->gw->self && !g->problem);
}

char *
trace_outside_find(const struct agent *agent, const char *network,
                   const char *dst, struct trace_outside *o)
{
    const struct entity *owner;
    const char *active;
    char *error;

    memset(o, 0, sizeof *o);
    error = find_network(agent, network, o);
    if (error) {
        return error;
    }
    if (!ip_address_from_string(dst, &o->ip)) {
        return xasprintf("%.300s is not an IP address, which DST has to be "
                         "for what comes from outside", dst);
    }
    find_owner(agent->model, o);
    if (!o->fip && !o->gw) {
        return xasprintf("nobody that this node knows has the address %s in "
                         "ExternalNetwork %s; `agentctl nat list' and "
                         "`agentctl service list' show who has one", dst,
                         network);
    }
    if (is_here(agent, o)) {
        return NULL;
    }
    owner = get_owner(o);
    active = get_active(agent, o);
    return xasprintf("%s belongs to %s %s, which does not come in at this "
                     "node%s%s", dst, get_owner_kind(o), owner->name,
                     owner->problem ? ": it " : active ? ": trace at " : "",
                     owner->problem ? owner->problem : active ? active : "");
}

/* What is chosen for a packet to a service. */
struct choice {
    const struct m_endpoint *ep;    /* The backend, or NULL. */
    enum lb_return ret;             /* How answers go.  LB_RETURN_AUTO: its
                                     * node knows, or nobody was chosen. */
};

/* Stores in '*ep' the backend of 'lb' with that MAC. */
static void
find_backend(const struct m_lb *lb, struct eth_addr mac,
             const struct m_endpoint **ep)
{
    const struct m_lb_backend *b;

    HMAP_FOR_EACH (b, node, &lb->backends) {
        const struct object *object = b->ep->up.object;

        if (object && eth_addr_equals(object->endpoint->mac, mac)) {
            *ep = b->ep;
        }
    }
}

/* Takes what an action of a bucket says of the choice. */
static void
take_action(const struct trace_outside *o, const char *action,
            struct choice *choice)
{
    static const char nat[] = "nat(dst=";
    const char *translation = strstr(action, nat);
    struct eth_addr mac;

    if (translation) {
        char *text = xstrdup(translation + strlen(nat));
        const char *port;
        struct in6_addr ip;

        text[strcspn(text, ")")] = '\0';
        if (trace_packet_parse_translation(text, &ip, &port)) {
            choice->ep = trace_packet_find_by_ip(o->vpc, &ip);
            choice->ret = LB_RETURN_MASQUERADE;
        }
        free(text);
    } else if (!strncmp(action, "set_field:", 10)) {
        const char *value = action + 10;

        if (strstr(value, "->eth_dst")
            && ovs_scan(value, ETH_ADDR_SCAN_FMT, ETH_ADDR_SCAN_ARGS(mac))) {
            find_backend(o->lb, mac, &choice->ep);
        } else if (strstr(value, "->reg11")) {
            uint32_t flags = (strtoul(value, NULL, 0)
                              >> SERVICE_OPTION_FLAGS_OFS);

            choice->ret = (flags & SERVICE_OPTION_DIRECT ? LB_RETURN_DIRECT
                           : flags & SERVICE_OPTION_VIA ? LB_RETURN_VIA
                           : LB_RETURN_AUTO);
        }
    }
}

/* Finds what the switch chose. */
static struct choice
find_choice(const struct trace_outside *o, const struct trace *trace)
{
    struct choice choice = { .ret = LB_RETURN_AUTO };

    BUILD_ASSERT_DECL(FLOW_REG_SERVICE == MFF_REG11);

    for (size_t i = 0; o->lb && i < trace->n_steps; i++) {
        const struct trace_step *step = &trace->steps[i];

        if (step->table != FLOW_VIP && step->table != FLOW_VIP_OPEN) {
            continue;
        }
        for (size_t j = 0; j < step->lines.n; j++) {
            take_action(o, step->lines.names[j], &choice);
        }
    }
    if (!choice.ep) {
        choice.ret = LB_RETURN_AUTO;
    }
    return choice;
}

const struct m_endpoint *
trace_outside_get_receiver(const struct trace_outside *o,
                           const struct trace *trace)
{
    return (o->lb ? find_choice(o, trace).ep
            : o->fip && o->fip->ep && o->fip->ep->up.object ? o->fip->ep
            : o->gw->routes ? trace_packet_find_by_ip(o->vpc, &o->ip) : NULL);
}

static char *
describe_service(const struct trace_outside *o, const struct trace *trace)
{
    static const char *const answers[] = {
        [LB_RETURN_AUTO] = "go as its node has noted",
        [LB_RETURN_DIRECT] = "leave by its own node (direct)",
        [LB_RETURN_VIA] = "leave by this gateway (via)",
        [LB_RETURN_MASQUERADE] = ("come to the gateway's address in the VPC, "
                                  "as which it is sent (masquerade)"),
    };
    struct choice choice = find_choice(o, trace);

    return (!choice.ep
            ? xasprintf("LoadBalancer %s has it, and chooses no backend",
                        o->lb->up.name)
            : xasprintf("LoadBalancer %s chooses %s; answers %s",
                        o->lb->up.name, choice.ep->up.name,
                        answers[choice.ret]));
}

char *
trace_outside_describe(const struct trace_outside *o,
                       const struct trace *trace)
{
    char inside[INET6_ADDRSTRLEN];

    if (o->lb) {
        return describe_service(o, trace);
    } else if (o->fip) {
        ipv6_string_mapped(inside, &o->fip->ip);
        return xasprintf("FloatingIP %s translates it to %s, of %s",
                         o->fip->up.name, inside, o->fip->ep->up.name);
    } else if (o->gw->routes) {
        return xasprintf("VPCGateway %s routes it into the VPC",
                         o->gw->up.name);
    }
    return xasprintf("VPCGateway %s translates what leaves to it: only "
                     "answers to that come in by it", o->gw->up.name);
}

struct json *
trace_outside_show(const struct agent *agent, const struct trace_outside *o,
                   const struct trace *trace)
{
    const struct external_network *def = m_extnet_get_def(o->extnet);
    struct json *json = json_object_create();
    enum lb_return ret = find_choice(o, trace).ret;

    json_object_put_string(json, "externalNetwork", o->extnet->up.name);
    json_object_put_format(json, "port", "ext-%s", o->attachment->physnet);
    json_object_put_string(json, "bridge", o->attachment->bridge);
    json_object_put(json, "vlan", option_json_integer(def->vlan));
    json_object_put_string(json, "kind", get_owner_kind(o));
    json_object_put_string(json, "name", get_owner(o)->name);
    json_object_put(json, "gateway", option_json_string(
                        o->gw ? o->gw->up.name : NULL));
    json_object_put(json, "active", option_json_string(get_active(agent, o)));
    json_object_put(json, "return", option_json_string(
                        ret == LB_RETURN_AUTO ? NULL
                        : lb_return_to_string(ret)));
    json_object_put(json, "sentence", json_string_create_nocopy(
                        trace_outside_describe(o, trace)));
    return json;
}
