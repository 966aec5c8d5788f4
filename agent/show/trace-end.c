/* The end of a path is where the packet went out, or else the last flow that
 * it met, whose table says why it did not. */

#include <config.h>

#include "agent/show/trace-end.h"

#include <string.h>

#include "agent/answers/packet-in.h"
#include "agent/flows/controller-stage.h"
#include "agent/flows/pipeline.h"
#include "agent/model/encap.h"
#include "agent/model/endpoint-phase.h"
#include "agent/model/model-policy.h"
#include "agent/show/trace-arrival.h"
#include "agent/show/trace-outside.h"
#include "agent/show/trace-path.h"
#include "lib/option-json.h"
#include "lib/trace-parse.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

/* Why the policies of 'group', which apply to 'ep' (either may be NULL), did
 * not let the packet pass. */
static char *
explain_group_drop(const struct trace_path *path, const struct m_endpoint *ep,
                   const struct m_policy_group *group)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!group) {
        return xasprintf("a policy of VPC %s does not allow it",
                         path->subject->vpc->up.name);
    }
    ds_put_format(&s, "no %s rule of %s ",
                  group->direction == POLICY_EGRESS ? "egress" : "ingress",
                  group->n_policies > 1 ? "policies" : "policy");
    for (size_t i = 0; i < group->n_policies; i++) {
        ds_put_format(&s, "%s%s", i ? ", " : "",
                      group->policies[i]->up.name);
    }
    ds_put_format(&s, ", which %s for %s, allows it",
                  group->n_policies > 1 ? "are" : "is", ep->up.name);
    return ds_steal_cstr(&s);
}

static char *
explain_policy_drop(const struct trace_path *path)
{
    const struct m_endpoint *src = path->subject->src;
    const struct m_endpoint *dst = path->subject->dst;

    if (path->policy || !path->egress || !src) {
        return explain_group_drop(path, dst, dst
                                  ? m_endpoint_get_group(dst, POLICY_INGRESS)
                                  : NULL);
    } else if (path->misdirected) {
        return xasprintf("policies for egress apply to %s, and no endpoint "
                         "has both the MAC and the IP address that it is for",
                         src->up.name);
    }
    return explain_group_drop(path, src,
                              m_endpoint_get_group(src, POLICY_EGRESS));
}

static char *
explain_encap_drop(const struct trace_path *path, const char **reason)
{
    const struct m_encap *encap = path->encap;

    if (!encap) {
        *reason = "not-ready";
        return xstrdup("the switch does not have the flow to that remote yet");
    } else if (encap->final.status == NEG_BLOCKED) {
        *reason = "blocked";
        return xasprintf("remote %s is blocked for profile %s; `agentctl "
                         "explain %s' says why", encap->nve->up.name,
                         option_json_profile_name(encap->profile->up.name),
                         encap->nve->up.name);
    }
    *reason = "underlay";
    return xasprintf("the switch cannot reach the underlay address of %s%s%s",
                     encap->nve->up.name, path->trace->notes.n ? ": " : "",
                     path->trace->notes.n
                     ? path->trace->notes.names[path->trace->notes.n - 1]
                     : "");
}

/* Why a packet from elsewhere was dropped before it was known who gets
 * it. */
static char *
explain_arrival_drop(const struct trace_path *path, const char **reason)
{
    const struct m_vpc *vpc = path->subject->vpc;
    const char *nve = path->subject->arrival->nve;

    if (path->last->table == FLOW_INPUT) {
        *reason = "unknown-sender";
        return xasprintf("this node accepts nothing from %s", nve);
    } else if (path->last->table == FLOW_RECEIVE) {
        *reason = "not-received";
        return xasprintf("its VNI, %"PRIu32", is not in use here yet, or it "
                         "lacks an option that this node requires", vpc->vni);
    }
    *reason = "unknown-destination";
    return xasprintf("no endpoint of VPC %s that is here has its destination "
                     "MAC", vpc->up.name);
}

/* Why a packet from outside was dropped before it was in the VPC; or NULL if
 * that is not the reason. */
static char *
explain_outside_drop(const struct trace_path *path, const char **reason)
{
    const struct trace_outside *outside = path->subject->outside;

    switch (path->last->table) {
    case FLOW_INPUT:
        *reason = "not-here";
        return xstrdup("it does not have the network's VLAN tag, or the "
                       "switch does not have the network's flow yet");
    case FLOW_EXT_IN:
    case FLOW_EXT_ADDRESS:
        *reason = "not-here";
        return xstrdup(outside->lb
                       ? "the service does not take it: spec.sourceRanges "
                       "does not have its source, or its source is an address "
                       "of the VPC, or its MAC is not the gateway's"
                       : "nobody here takes it: its source is an address of "
                       "the VPC, or its destination MAC is another one");
    case FLOW_EXT_BACK:
        *reason = "no-connection";
        return xstrdup("it belongs to no connection that was begun inside");
    case FLOW_VIP:
    case FLOW_VIP_OPEN:
        *reason = "no-service";
        return xstrdup("the service has no such port or protocol, or nobody "
                       "for it");
    case FLOW_VIP_MASQ:
    case FLOW_VIP_IN:
        *reason = "not-translated";
        return xstrdup("it could not be translated to the backend");
    }
    return NULL;
}

/* Why a packet was dropped that met 'path->last', for the drops of whole
 * tables that need no words of their own. */
static const struct table_drop {
    int table;                      /* An "enum flow_table_id". */
    const char *reason, *sentence;
} table_drops[] = {
    { FLOW_NEIGHBOR, "neighbor", "it is ARP or neighbour discovery that is "
      "neither answered nor passed on" },
    { FLOW_ADVERT, "neighbor", "it is ARP or neighbour discovery that is "
      "neither answered nor passed on" },
    { FLOW_METER, "meter", "it is beyond the rate for broadcast and "
      "multicast" },
    { FLOW_MTU, "too-big", "it is larger than the MTU on the path to its "
      "destination" },
    { FLOW_TOO_BIG, "too-big", "it is larger than the MTU on the path to its "
      "destination" },
    { FLOW_GATEWAY, "no-gateway", "no candidate of the gateway is up" },
    { FLOW_EXT_OUT, "no-address", "no spec.snat of the gateway has its "
      "source" },
    { FLOW_OUTPUT, "output", "a packet is not sent back to where it came "
      "from" },
    { FLOW_SEND, "output", "a packet is not sent back to where it came "
      "from" },
};

/* Why 'path->subject->src', which is here, could not send the packet; or NULL
 * if that is not the reason. */
static char *
explain_sender_drop(const struct trace_path *path, const char **reason)
{
    const struct m_endpoint *src = path->subject->src;
    const char *name = src->up.name;

    switch (path->last->table) {
    case FLOW_INPUT:
        *reason = "endpoint";
        return xasprintf("endpoint %s is %s%s%s", name,
                         endpoint_phase_to_string(src->phase),
                         src->message ? ": " : "",
                         src->message ? src->message : "");
    case FLOW_SPOOF:
    case FLOW_SPOOF_IP:
    case FLOW_SPOOFED:
        *reason = "spoofed";
        return xasprintf("%s may not send it: an endpoint sends from its own "
                         "MAC and addresses only, no unsolicited ARP or ND, "
                         "nothing that a DHCP server or router sends, no VLAN "
                         "tag or MPLS, and nothing that is for the next "
                         "bridge only, such as LLDP", name);
    }
    return NULL;
}

/* Why the VPC or its policies did not let the packet pass; or NULL if that is
 * not the reason. */
static char *
explain_vpc_drop(const struct trace_path *path, const char **reason)
{
    const char *vpc = path->subject->vpc->up.name;

    switch (path->last->table) {
    case FLOW_ROUTE:
        *reason = "no-route";
        return xasprintf("VPC %s does not route it", vpc);
    case FLOW_FORWARD:
        *reason = "unknown-destination";
        return xasprintf("no endpoint of VPC %s that this node knows has its "
                         "destination MAC", vpc);
    case FLOW_EGRESS:
    case FLOW_EGRESS_POLICY:
    case FLOW_EGRESS_TO:
    case FLOW_EGRESS_ACL:
    case FLOW_EGRESS_ACCEPT:
    case FLOW_POLICY:
    case FLOW_ACL:
    case FLOW_ACCEPT:
    case FLOW_REFUSE:
        *reason = "policy";
        return explain_policy_drop(path);
    }
    return NULL;
}

/* Why the packet was dropped.  Sets '*reason' to a word for it. */
static char *
explain_drop(const struct trace_path *path, const char **reason)
{
    const struct trace_step *last = path->last;
    char *why;

    if (!last) {
        *reason = "unknown";
        return xstrdup("the switch does not say by which flow");
    } else if (path->plan && !last->matched) {
        *reason = "not-ready";
        return xasprintf("%s has no flow for it yet", last->bridge);
    } else if (path->plan || last->table == FLOW_ENCAP) {
        return explain_encap_drop(path, reason);
    } else if (path->subject->arrival && last->table <= FLOW_DELIVER) {
        return explain_arrival_drop(path, reason);
    }
    why = path->subject->outside ? explain_outside_drop(path, reason) : NULL;
    if (why) {
        return why;
    }
    for (size_t i = 0; i < ARRAY_SIZE(table_drops); i++) {
        if (table_drops[i].table == last->table) {
            *reason = table_drops[i].reason;
            return xstrdup(table_drops[i].sentence);
        }
    }
    why = path->subject->src ? explain_sender_drop(path, reason) : NULL;
    if (!why) {
        why = explain_vpc_drop(path, reason);
    }
    if (!why) {
        *reason = "unknown";
        why = xasprintf("it ends in table %d", last->table);
    }
    return why;
}

/* What the agent answers to a packet that it gets for that reason. */
static const char *
get_answer(enum controller_stage_reason reason)
{
    switch (reason) {
    case CONTROLLER_STAGE_SOLICITATION: return "a neighbour advertisement";
    case CONTROLLER_STAGE_DHCP4: return "DHCP";
    case CONTROLLER_STAGE_DHCP6: return "DHCPv6";
    case CONTROLLER_STAGE_ROUTER: return "a router advertisement";
    case CONTROLLER_STAGE_DNS: return "what names of endpoints it knows";
    case CONTROLLER_STAGE_NO_SERVICE:
        return "a reset or an ICMP error";
    case CONTROLLER_STAGE_PROBE:
        return "what ends the connection of a health check";
    case CONTROLLER_STAGE_TTL:
    case CONTROLLER_STAGE_NO_ROUTE:
    case CONTROLLER_STAGE_NO_HOST:
    case CONTROLLER_STAGE_NO_PORT:
    case CONTROLLER_STAGE_TOO_BIG:
    case CONTROLLER_STAGE_NAT_ERROR:
    case CONTROLLER_STAGE_N_REASONS:
    default: return "an ICMP error";
    }
}

/* The external address that the packet was to get, for the caller to free; or
 * NULL. */
static char *
find_external_address(const struct trace_path *path)
{
    for (size_t i = 0; i < path->trace->n_steps; i++) {
        const struct trace_step *step = &path->trace->steps[i];

        for (size_t j = 0; step->table == FLOW_EXT_OUT && j < step->lines.n;
             j++) {
            const char *s = strstr(step->lines.names[j], "nat(src=");

            if (s) {
                s += strlen("nat(src=");
                return xmemdup0(s, strcspn(s, ")"));
            }
        }
    }
    return NULL;
}

/* Whether the packet got as far as the translation of a gateway or a floating
 * IP, behind which the switch does not trace, or further. */
static char *
explain_leaving(const struct trace_path *path)
{
    char *address = find_external_address(path);
    char *sentence = NULL;

    if (address && path->last && path->last->table == FLOW_EXT_SNAT) {
        sentence = xasprintf("It leaves from this node, translated to %s; if "
                             "there is no port left, it is dropped.",
                             address);
    } else if (path->last && path->last->table == FLOW_EXT_SEND) {
        sentence = xstrdup("It leaves by the gateway on this node, as it "
                           "is.");
    }
    free(address);
    return sentence;
}

const char *
trace_end_explain(const struct trace_path *path, const char **reason,
                  char **sentence)
{
    const char *name = path->subject->src_text;

    *reason = NULL;
    if (path->trace->n_tunnels > 1) {
        *sentence = xasprintf("A copy is sent to each of %"PRIuSIZE" "
                              "remotes.", path->trace->n_tunnels);
        return "sent";
    } else if (path->trace->n_tunnels) {
        const char *to = path->encap ? path->encap->nve->up.name : "a remote";

        *sentence = xasprintf("It is sent to %s, which takes it from there.",
                              to);
        return "sent";
    } else if (path->controller) {
        *reason = controller_stage_reason_to_string(path->controller);
        *sentence = xasprintf("The agent gets it and answers %s with %s, "
                              "within limits (%s).", name,
                              get_answer(path->controller), *reason);
        return "agent";
    } else if (path->subject->outside && path->last
               && path->last->table == FLOW_EXT_SEND) {
        *sentence = xasprintf("The switch itself answers %s.", name);
        return "answered";
    } else if ((*sentence = explain_leaving(path))) {
        return "left";
    } else if (trace_is_dropped(path->trace)) {
        char *why = explain_drop(path, reason);

        *sentence = xasprintf("It is dropped: %s.", why);
        free(why);
        return "dropped";
    } else if (path->receiver) {
        *sentence = xasprintf("It is delivered to %s on this node.",
                              path->receiver->up.name);
        return "delivered";
    } else if (path->returned) {
        *sentence = xasprintf("The switch itself answers %s.", name);
        return "answered";
    }
    *sentence = xstrdup("It leaves the switch in a way that this command "
                        "does not know.");
    return "unknown";
}

const char *
trace_end_get_policy(const struct trace_path *path, const char *outcome,
                     const char *reason)
{
    if (reason && !strcmp(reason, "policy")) {
        return path->policy || !path->egress ? "denied" : NULL;
    } else if (!strcmp(outcome, "sent")) {
        return "receiver";
    } else if (!strcmp(outcome, "delivered")) {
        return path->policy ? "allowed" : "none";
    }
    return NULL;
}

const char *
trace_end_get_egress(const struct trace_path *path, const char *reason)
{
    if (path->egress) {
        return (reason && !strcmp(reason, "policy") && !path->policy
                ? "denied" : "allowed");
    }
    return path->subject->arrival ? "sender" : "none";
}
