/* The way of a packet: see trace-way.h.
 *
 * Which stage a flow belongs to is known by its table (pipeline.h); which
 * remote, by its cookie; which plan, by the bridge.  The end of the way is
 * where a packet went out, or else the last flow that it met, which says why
 * it did not.  Nothing here depends on what the stages' flows look like, but
 * for the registers in which the packet-in stage has its reason. */

#include <config.h>

#include "agent/show/trace-way.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/model/encap.h"
#include "agent/model/model-policy.h"
#include "agent/answers/packet-in.h"
#include "agent/flows/controller-stage.h"
#include "agent/node/local.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/remotes.h"
#include "lib/option-json.h"
#include "agent/show/trace.h"
#include "agent/show/trace-arrival.h"
#include "flow.h"
#include "lib/trace-parse.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

const char *
trace_way_stage_to_string(int table)
{
    switch ((enum flow_table_id) table) {
    case FLOW_INPUT: return "input";
    case FLOW_SPOOF: return "spoof";
    case FLOW_SPOOF_IP: return "spoof-ip";
    case FLOW_EGRESS: return "egress";
    case FLOW_NEIGHBOR: return "neighbor";
    case FLOW_ROUTE: return "route";
    case FLOW_METER: return "meter";
    case FLOW_ADVERT: return "advert";
    case FLOW_SPOOFED: return "spoofed";
    case FLOW_RECEIVE: return "receive";
    case FLOW_LABEL: return "label";
    case FLOW_DELIVER: return "deliver";
    case FLOW_FORWARD: return "forward";
    case FLOW_COPIES: return "copies";
    case FLOW_MTU: return "mtu";
    case FLOW_TOO_BIG: return "too-big";
    case FLOW_ENCAP: return "encap";
    case FLOW_POLICY: return "policy";
    case FLOW_ACL: return "acl";
    case FLOW_ACCEPT: return "accept";
    case FLOW_OUTPUT: return "output";
    case FLOW_DSCP: return "dscp";
    case FLOW_CONTROLLER: return "controller";
    }
    return NULL;
}

/* Following the packet. */

static bool
step_has(const struct trace_step *step, const char *text)
{
    for (size_t i = 0; i < step->lines.n; i++) {
        if (strstr(step->lines.names[i], text)) {
            return true;
        }
    }
    return false;
}

/* The number after 'text' in one of the step's lines; false if none has it. */
static bool
step_find_number(const struct trace_step *step, const char *text,
                 unsigned int *number)
{
    for (size_t i = 0; i < step->lines.n; i++) {
        const char *p = strstr(step->lines.names[i], text);

        if (p) {
            *number = strtoul(p + strlen(text), NULL, 0);
            return true;
        }
    }
    return false;
}

static const struct m_encap *
find_encap(const struct agent *agent, uint64_t cookie)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_NVE]) {
        const struct m_nve *nve = M_CAST(m_nve, entity);
        struct shash_node *node;

        SHASH_FOR_EACH (node, &nve->encaps) {
            const struct m_encap *encap = node->data;

            if (encap->flows.cookie == (uint32_t) cookie) {
                return encap;
            }
        }
    }
    return NULL;
}

static const struct m_endpoint *
find_by_ofport(const struct agent *agent, unsigned int ofport)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->plugged) {
        const struct m_endpoint *ep = node->data;

        if (ofp_to_u16(ep->ofport) == ofport) {
            return ep;
        }
    }
    return NULL;
}

const struct send_plan *
trace_way_find_plan(const struct agent *agent, const char *bridge)
{
    const struct send_plan *sp;

    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->have_ports && !strcmp(sp->ports.bridge, bridge)) {
            return sp;
        }
    }
    return NULL;
}

/* What the step sets 'reg' to; false if it does not. */
static bool
step_find_load(const struct trace_step *step, int reg, unsigned int *value)
{
    char *end = xasprintf("->reg%d", reg - MFF_REG0);
    bool found = false;

    for (size_t i = 0; i < step->lines.n; i++) {
        const char *s = step->lines.names[i];

        if (!strncmp(s, "set_field:", 10) && strstr(s, end)) {
            *value = strtoul(s + 10, NULL, 0);
            found = true;
        }
    }
    free(end);
    return found;
}

/* A step on the integration bridge. */
static void
way_take_step(struct trace_way *way, const struct trace_step *step)
{
    unsigned int port;

    switch (step->table) {
    case FLOW_ROUTE:
        way->routed |= step->matched && step->priority != FLOW_PRI_DEFAULT;
        break;
    case FLOW_MTU:
        step_find_load(step, FLOW_REG_MTU, &way->mtu);
        break;
    case FLOW_ENCAP:
        way->encap = (step->matched ? find_encap(way->agent, step->cookie)
                      : NULL);
        break;
    case FLOW_ACL:
        way->policy = true;
        break;
    case FLOW_OUTPUT:
        if (step_find_number(step, "output port is ", &port)
            && port != ofp_to_u16(way->subject->src->ofport)) {
            way->receiver = find_by_ofport(way->agent, port);
        }
        break;
    }
    way->returned |= step_has(step, "IN_PORT");
    step_find_load(step, FLOW_REG_REASON, &way->controller);
}

/* The switch goes both ways at once, and prints the one of packets that are
 * larger with more indentation, as a part of the step that decides. */
bool
trace_way_is_too_big(const struct trace *trace, size_t i)
{
    const struct trace_step *step = &trace->steps[i];

    while (i-- > 0) {
        const struct trace_step *before = &trace->steps[i];

        if (strcmp(before->bridge, step->bridge)) {
            return false;
        } else if (before->table == FLOW_MTU
                   && step_has(before, "check_pkt_larger(")) {
            return step->indent > before->indent;
        }
    }
    return false;
}

void
trace_way_follow(struct trace_way *way, const struct agent *agent,
                 const struct trace_subject *subject,
                 const struct trace *trace)
{
    const char *bridge = local_get_settings(agent->local)->bridge;

    memset(way, 0, sizeof *way);
    way->agent = agent;
    way->subject = subject;
    way->trace = trace;
    for (size_t i = 0; i < trace->n_steps; i++) {
        const struct trace_step *step = &trace->steps[i];
        const struct send_plan *plan;

        plan = trace_way_find_plan(agent, step->bridge);
        if (trace_way_is_too_big(trace, i)) {
            continue;
        } else if (!strcmp(step->bridge, bridge)) {
            way_take_step(way, step);
        } else if (plan) {
            way->plan = plan;
        } else {
            continue;               /* The underlay's bridge. */
        }
        if (step->table != FLOW_DSCP) {
            way->last = step;
        }
    }
}

/* The end of the way. */

/* "policies a, b of VPC blue do not allow web-2 to receive it". */
static char *
explain_policy_drop(const struct trace_way *way)
{
    const struct m_endpoint *dst = way->subject->dst;
    const struct m_policy_group *group = dst ? dst->group : NULL;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!group) {
        return xasprintf("a policy of VPC %s does not allow it",
                         way->subject->src->vpc->up.name);
    }
    ds_put_format(&s, "no rule of %s ", group->n_policies > 1 ? "policies"
                  : "policy");
    for (size_t i = 0; i < group->n_policies; i++) {
        ds_put_format(&s, "%s%s", i ? ", " : "",
                      group->policies[i]->up.name);
    }
    ds_put_format(&s, ", which %s for %s, allows it",
                  group->n_policies > 1 ? "are" : "is", dst->up.name);
    return ds_steal_cstr(&s);
}

static char *
explain_encap_drop(const struct trace_way *way, const char **reason)
{
    const struct m_encap *encap = way->encap;

    if (!encap) {
        *reason = "not-ready";
        return xstrdup("the flow to that remote is not in the switch yet");
    } else if (encap->final.status == NEG_BLOCKED) {
        *reason = "blocked";
        return xasprintf("remote %s is blocked for profile %s; `agentctl "
                         "explain %s' says why", encap->nve->up.name,
                         option_json_profile_name(encap->profile->up.name),
                         encap->nve->up.name);
    }
    *reason = "underlay";
    return xasprintf("the switch cannot reach the underlay address of %s%s%s",
                     encap->nve->up.name, way->trace->notes.n ? ": " : "",
                     way->trace->notes.n
                     ? way->trace->notes.names[way->trace->notes.n - 1]
                     : "");
}

/* The same for a packet from elsewhere, up to where it is known for whom it
 * is. */
static char *
explain_arrival_drop(const struct trace_way *way, const char **reason)
{
    const struct m_vpc *vpc = way->subject->src->vpc;
    const char *nve = way->subject->arrival->nve;

    if (way->last->table == FLOW_INPUT) {
        *reason = "unknown-sender";
        return xasprintf("this node takes nothing from %s", nve);
    } else if (way->last->table == FLOW_RECEIVE) {
        *reason = "not-received";
        return xasprintf("its VNI, %"PRIu32", is not in use here yet, or it "
                         "lacks an option that this node requires", vpc->vni);
    }
    *reason = "unknown-destination";
    return xasprintf("no endpoint of VPC %s that is here has its destination "
                     "MAC", vpc->up.name);
}

/* Why the packet was dropped; sets '*reason' to a word for it. */
static char *
explain_drop(const struct trace_way *way, const char **reason)
{
    const struct m_endpoint *src = way->subject->src;
    const char *name = src->up.name;

    if (!way->last) {
        *reason = "unknown";
        return xstrdup("the switch does not say by which flow");
    }
    if (way->plan) {
        *reason = way->last->matched ? "underlay" : "not-ready";
        return (way->last->matched ? explain_encap_drop(way, reason)
                : xasprintf("%s has no flow for it yet", way->last->bridge));
    }
    if (way->subject->arrival && way->last->table <= FLOW_DELIVER) {
        return explain_arrival_drop(way, reason);
    }
    switch ((enum flow_table_id) way->last->table) {
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
                         "nothing of a DHCP server or router, and no VLAN "
                         "tag", name);
    case FLOW_NEIGHBOR:
    case FLOW_ADVERT:
        *reason = "neighbor";
        return xstrdup("it is ARP or neighbour discovery that is neither "
                       "answered nor passed on");
    case FLOW_ROUTE:
        *reason = "no-route";
        return xasprintf("VPC %s does not route it", src->vpc->up.name);
    case FLOW_METER:
        *reason = "meter";
        return xstrdup("it is beyond the rate for broadcast and multicast");
    case FLOW_FORWARD:
        *reason = "unknown-destination";
        return xasprintf("no endpoint of VPC %s that this node knows has its "
                         "destination MAC", src->vpc->up.name);
    case FLOW_MTU:
    case FLOW_TOO_BIG:
        *reason = "too-big";
        return xstrdup("it is larger than the MTU of the way to its "
                       "destination");
    case FLOW_ENCAP:
        return explain_encap_drop(way, reason);
    case FLOW_EGRESS:
    case FLOW_POLICY:
    case FLOW_ACL:
    case FLOW_ACCEPT:
        *reason = "policy";
        return explain_policy_drop(way);
    case FLOW_OUTPUT:
        *reason = "output";
        return xstrdup("a packet is not sent back to where it came from");
    case FLOW_RECEIVE:
    case FLOW_LABEL:
    case FLOW_DELIVER:
    case FLOW_COPIES:
    case FLOW_DSCP:
    case FLOW_CONTROLLER:
        break;
    }
    *reason = "unknown";
    return xasprintf("it ends in table %d", way->last->table);
}

/* The outcome as a word, a reason (or NULL) and a sentence. */
const char *
trace_way_explain(const struct trace_way *way, const char **reason,
                  char **sentence)
{
    const char *name = way->subject->src->up.name;

    *reason = NULL;
    if (way->trace->n_tunnels > 1) {
        *sentence = xasprintf("A copy is sent to each of %"PRIuSIZE" "
                              "remotes.", way->trace->n_tunnels);
        return "sent";
    } else if (way->trace->n_tunnels) {
        const char *to = way->encap ? way->encap->nve->up.name : "a remote";

        *sentence = xasprintf("It is sent to %s, which goes on with it.",
                              to);
        return "sent";
    } else if (way->controller) {
        *reason = controller_stage_reason_to_string(way->controller);
        *sentence = xasprintf("The agent gets it and answers %s with %s, "
                              "within limits (%s).", name,
                              way->controller == CONTROLLER_STAGE_SOLICITATION
                              ? "a neighbour advertisement" : "an ICMP error",
                              *reason);
        return "agent";
    } else if (trace_is_dropped(way->trace)) {
        char *why = explain_drop(way, reason);

        *sentence = xasprintf("It is dropped: %s.", why);
        free(why);
        return "dropped";
    } else if (way->receiver) {
        *sentence = xasprintf("It is delivered to %s on this node.",
                              way->receiver->up.name);
        return "delivered";
    } else if (way->returned) {
        *sentence = xasprintf("The switch itself answers %s.", name);
        return "answered";
    }
    *sentence = xstrdup("It leaves the switch on a way that this command "
                        "does not know.");
    return "unknown";
}

/* The verdict, and where it falls. */
const char *
trace_way_get_policy(const struct trace_way *way, const char *outcome,
                     const char *reason)
{
    if (reason && !strcmp(reason, "policy")) {
        return "denied";
    } else if (!strcmp(outcome, "sent")) {
        return "receiver";
    } else if (!strcmp(outcome, "delivered")) {
        return way->policy ? "allowed" : "none";
    }
    return NULL;
}
