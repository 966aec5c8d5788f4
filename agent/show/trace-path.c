/* The table of a flow tells its stage (pipeline.h), the cookie its remote, and
 * the bridge its plan.  Nothing here depends on what flows look like, except
 * for the registers of the MTU and of the controller stage's reason. */

#include <config.h>

#include "agent/show/trace-path.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/model/encap.h"
#include "agent/node/local.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/remotes.h"
#include "flow.h"
#include "lib/trace-parse.h"
#include "util.h"

const char *
trace_path_stage_to_string(int table)
{
    switch ((enum flow_table_id) table) {
    case FLOW_INPUT: return "input";
    case FLOW_SPOOF: return "spoof";
    case FLOW_SPOOF_IP: return "spoof-ip";
    case FLOW_EGRESS: return "egress";
    case FLOW_NEIGHBOR: return "neighbor";
    case FLOW_ROUTE: return "route";
    case FLOW_METER: return "meter";
    case FLOW_EXT_IN: return "ext-in";
    case FLOW_ADVERT: return "advert";
    case FLOW_SPOOFED: return "spoofed";
    case FLOW_RECEIVE: return "receive";
    case FLOW_SOURCE: return "source";
    case FLOW_LABEL: return "label";
    case FLOW_EXT_ADDRESS: return "ext-address";
    case FLOW_EXT_BACK: return "ext-back";
    case FLOW_DELIVER: return "deliver";
    case FLOW_EGRESS_POLICY: return "egress-policy";
    case FLOW_EGRESS_TO: return "egress-to";
    case FLOW_EGRESS_ACL: return "egress-acl";
    case FLOW_EGRESS_ACCEPT: return "egress-accept";
    case FLOW_FORWARD: return "forward";
    case FLOW_VIA: return "via";
    case FLOW_GATEWAY: return "gateway";
    case FLOW_HOP: return "hop";
    case FLOW_EXT_LOST: return "ext-lost";
    case FLOW_COPIES: return "copies";
    case FLOW_RETURN: return "return";
    case FLOW_DISBELIEVED: return "disbelieved";
    case FLOW_MTU: return "mtu";
    case FLOW_TOO_BIG: return "too-big";
    case FLOW_ENCAP: return "encap";
    case FLOW_CLASS_OUT: return "class-out";
    case FLOW_EXT_OUT: return "ext-out";
    case FLOW_EXT_SNAT: return "ext-snat";
    case FLOW_EXT_ROUTE: return "ext-route";
    case FLOW_EXT_NEIGHBOR: return "ext-neighbor";
    case FLOW_EXT_SEND: return "ext-send";
    case FLOW_POLICY: return "policy";
    case FLOW_ACL: return "acl";
    case FLOW_ACCEPT: return "accept";
    case FLOW_REFUSE: return "refuse";
    case FLOW_SERVICE: return "service";
    case FLOW_SERVICE_TO: return "service-to";
    case FLOW_SERVICE_SHIFT: return "service-shift";
    case FLOW_SERVICE_PORT: return "service-port";
    case FLOW_SERVICE_CHOSEN: return "service-chosen";
    case FLOW_VIP: return "vip";
    case FLOW_VIP_MASQ: return "vip-masquerade";
    case FLOW_VIP_IN: return "vip-in";
    case FLOW_VIP_SEND: return "vip-send";
    case FLOW_VIP_OPEN: return "vip-open";
    case FLOW_DSR: return "dsr";
    case FLOW_DSR_BACK: return "dsr-back";
    case FLOW_VIP_VIA: return "vip-via";
    case FLOW_OUTPUT: return "output";
    case FLOW_SERVICE_BACK: return "service-back";
    case FLOW_LIMIT: return "limit";
    case FLOW_LIMIT_PACKETS: return "limit-packets";
    case FLOW_SEND: return "send";
    case FLOW_INNER_DSCP: return "inner-dscp";
    case FLOW_CLASS: return "class";
    case FLOW_DSCP: return "dscp";
    case FLOW_CONTROLLER: return "controller";
    }
    return NULL;
}

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

/* Stores the number after 'text' in one of the step's lines.  Returns false if
 * no line has 'text'. */
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
trace_path_find_plan(const struct agent *agent, const char *bridge)
{
    const struct send_plan *sp;

    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        if (sp->have_ports && !strcmp(sp->ports.bridge, bridge)) {
            return sp;
        }
    }
    return NULL;
}

/* Stores what the step sets 'reg' to.  Returns false if it does not set
 * it. */
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

/* Follows the packet through 'step', which is on the integration bridge. */
static void
take_step(struct trace_path *path, const struct trace_step *step)
{
    unsigned int port;

    switch (step->table) {
    case FLOW_ROUTE:
        path->routed |= step->matched && step->priority != FLOW_PRI_DEFAULT;
        break;
    case FLOW_MTU:
        step_find_load(step, FLOW_REG_MTU, &path->mtu);
        break;
    case FLOW_ENCAP:
        path->encap = (step->matched ? find_encap(path->agent, step->cookie)
                      : NULL);
        break;
    case FLOW_EGRESS_TO:
        path->misdirected = step->priority == FLOW_PRI_DEFAULT;
        break;
    case FLOW_EGRESS_ACL:
        path->egress = true;
        break;
    case FLOW_ACL:
        path->policy = true;
        break;
    case FLOW_OUTPUT:
    case FLOW_SEND:
        if (step_find_number(step, "output port is ", &port)
            && (!path->subject->src
                || port != ofp_to_u16(path->subject->src->ofport))) {
            path->receiver = find_by_ofport(path->agent, port);
        }
        break;
    }
    path->returned |= step_has(step, "IN_PORT");
    step_find_load(step, FLOW_REG_REASON, &path->controller);
}

/* The switch traces both packets that are larger and packets that are not,
 * wherever a flow looks: in FLOW_MTU, or in FLOW_FORWARD on the way out.  It
 * prints the path of the larger ones with more indentation, as a part of the
 * step that decides. */
bool
trace_path_is_too_big(const struct trace *trace, size_t i)
{
    const struct trace_step *step = &trace->steps[i];

    while (i-- > 0) {
        const struct trace_step *before = &trace->steps[i];

        if (strcmp(before->bridge, step->bridge)) {
            return false;
        } else if (step_has(before, "check_pkt_larger(")) {
            return step->indent > before->indent;
        }
    }
    return false;
}

void
trace_path_follow(struct trace_path *path, const struct agent *agent,
                 const struct trace_subject *subject,
                 const struct trace *trace)
{
    const char *bridge = local_get_settings(agent->local)->bridge;

    memset(path, 0, sizeof *path);
    path->agent = agent;
    path->subject = subject;
    path->trace = trace;
    path->routed = subject->outside != NULL;
    for (size_t i = 0; i < trace->n_steps; i++) {
        const struct trace_step *step = &trace->steps[i];
        const struct send_plan *plan = trace_path_find_plan(agent,
                                                            step->bridge);

        if (trace_path_is_too_big(trace, i)) {
            continue;
        } else if (!strcmp(step->bridge, bridge)) {
            take_step(path, step);
        } else if (plan) {
            path->plan = plan;
        } else {
            continue;               /* A bridge of the underlay. */
        }
        if (step->table != FLOW_DSCP) {
            path->last = step;
        }
    }
}
