/* The question goes to ovs-vswitchd's control socket, and the loop goes on
 * until the answer comes.  Queries wait for each other, since that socket
 * takes one at a time.  Objects may go meanwhile, so names are looked up again
 * when the answer comes.
 *
 * A trace stops where connection tracking takes the packet.  The switch is
 * asked once more from there, with what the first packet of a connection would
 * be tracked as: see lib/trace-pass.h.
 *
 * A packet from outside is translated once or twice, and a trace that goes on
 * from there would not get beyond the next time.  So the switch is asked again
 * from the start, with what is known by then of each pass: --ct-next. */

#include <config.h>

#include "agent/show/trace.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/pipeline.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/show/show-reply.h"
#include "agent/show/trace-explain.h"
#include "agent/show/trace-outside.h"
#include "agent/show/trace-packet.h"
#include "agent/show/trace-path.h"
#include "agent/show/trace-service.h"
#include "agent/switch/vswitchd-ctl.h"
#include "flow.h"
#include "lib/trace-parse.h"
#include "lib/trace-pass.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "svec.h"
#include "unixctl.h"
#include "util.h"

#define MAX_ANSWER_BYTES (4 * 1024 * 1024)
#define MAX_STATES 8                /* Passes whose ct_state is asked with. */

struct tracer {
    struct vswitchd_ctl *ctl;
    struct ovs_list queries;        /* Contains "struct trace_query"s. */
    bool busy;                      /* The first one waits for an answer. */
};

struct trace_query {
    struct ovs_list node;           /* In 'queries'. */
    struct unixctl_conn *conn;
    char *src, *dst_text;
    char *bridge;
    struct trace_packet packet;

    /* What the switch printed, and what to ask it next. */
    struct svec passes;             /* Empty until the first answer. */
    size_t pass;                    /* The one to be asked about again... */
    int table;                      /* ...where it resumes... */
    char *flow;                     /* ...and what to ask, or NULL. */
    struct svec states;             /* From outside: ct_state of each pass but
                                     * the first, as far as it is known. */
    bool restart;                   /* To be asked with more of them. */
};

struct tracer *
tracer_create(const char *rundir)
{
    struct tracer *tracer = xzalloc(sizeof *tracer);

    tracer->ctl = vswitchd_ctl_create(rundir);
    ovs_list_init(&tracer->queries);
    return tracer;
}

static void
trace_query_destroy(struct trace_query *q)
{
    ovs_list_remove(&q->node);
    free(q->src);
    free(q->dst_text);
    free(q->bridge);
    trace_packet_destroy(&q->packet);
    svec_destroy(&q->passes);
    free(q->flow);
    svec_destroy(&q->states);
    free(q);
}

void
tracer_destroy(struct tracer *tracer)
{
    struct trace_query *q;

    if (tracer) {
        LIST_FOR_EACH_SAFE (q, node, &tracer->queries) {
            unixctl_command_reply_error(q->conn, "the agent ends");
            trace_query_destroy(q);
        }
        vswitchd_ctl_destroy(tracer->ctl);
        free(tracer);
    }
}

/* The network's name if 'src' is "outside:NETWORK", or NULL. */
static const char *
get_network(const char *src)
{
    size_t n = strlen(TRACE_OUTSIDE_PREFIX);

    return strncmp(src, TRACE_OUTSIDE_PREFIX, n) ? NULL : src + n;
}

/* Why nothing can be traced from 'src', which was asked for by 'name', for the
 * caller to free; or NULL. */
static char *
check_source(const struct m_endpoint *src, const char *name)
{
    if (!src) {
        return xasprintf("there is no endpoint %s; `agentctl endpoint list' "
                         "shows those that this node knows", name);
    } else if (!m_endpoint_is_local(src) && !src->nve) {
        return xasprintf("endpoint %s is not plugged in anywhere%s%s", name,
                         src->up.problem ? ": it " : "",
                         src->up.problem ? src->up.problem : "");
    } else if (!src->vpc->up.object || !m_vpc_is_active(src->vpc)) {
        return xasprintf("VPC %s is not in use: %s", src->vpc->up.name,
                         src->vpc->up.problem ? src->vpc->up.problem
                         : "see `agentctl status'");
    } else if (m_endpoint_is_local(src) && !src->ofport) {
        return xasprintf("the interface of endpoint %s has no OpenFlow port "
                         "yet", name);
    }
    return NULL;
}

/* Composes the packet that was asked for.  Returns NULL or what is wrong, for
 * the caller to free. */
static char *
compose(const struct agent *agent, const char *src, const char *dst,
        const char *flow, struct trace_packet *packet)
{
    const char *network = get_network(src);
    const struct m_endpoint *ep;
    struct trace_outside outside;
    char *error;

    if (network) {
        error = trace_outside_find(agent, network, dst, &outside);
        return error ? error : trace_packet_compose_outside(&outside, flow,
                                                            packet);
    }
    ep = trace_packet_find_endpoint(agent, src);
    error = check_source(ep, src);
    return error ? error : trace_packet_compose(agent, ep, dst, flow, packet);
}

void
trace_cb(struct unixctl_conn *conn, int argc, const char *argv[],
         void *agent_)
{
    struct agent *agent = agent_;
    struct trace_packet packet;
    char *error = compose(agent, argv[1], argv[2], argc > 3 ? argv[3] : "",
                          &packet);

    if (error) {
        show_reply_error(conn, error);
        return;
    }

    struct trace_query *q = xzalloc(sizeof *q);
    q->conn = conn;
    q->src = xstrdup(argv[1]);
    q->dst_text = xstrdup(argv[2]);
    q->bridge = xstrdup(local_get_settings(agent->local)->bridge);
    q->packet = packet;
    ovs_list_push_back(&agent->tracer->queries, &q->node);
}

/* Finds once more whom the query is about.  Returns NULL or what is wrong, for
 * the caller to free. */
static char *
trace_query_find(const struct agent *agent, const struct trace_query *q,
                 struct trace_subject *subject, struct trace_outside *outside)
{
    const char *network = get_network(q->src);
    const struct m_endpoint *src;
    char *error;

    if (network) {
        error = trace_outside_find(agent, network, q->dst_text, outside);
        subject->outside = outside;
        subject->src_text = "the host outside";
        subject->vpc = outside->vpc;
        return error;
    }
    src = trace_packet_find_endpoint(agent, q->src);
    if (!src || !src->vpc || !src->vpc->up.object
        || m_endpoint_is_local(src) != !q->packet.arrival) {
        return xasprintf("endpoint %s has moved or gone", q->src);
    }
    subject->src = src;
    subject->src_text = src->up.name;
    subject->vpc = src->vpc;
    return NULL;
}

static void
trace_query_answer(const struct agent *agent, const struct trace_query *q)
{
    struct trace_subject subject = {
        .dst = (q->packet.dst
                ? trace_packet_find_endpoint(agent, q->packet.dst) : NULL),
        .dst_text = q->dst_text,
        .flow = q->packet.flow,
        .arrival = q->packet.arrival,
    };
    struct trace_outside outside;
    struct trace trace;
    struct json *json;
    char *error, *text;

    error = trace_query_find(agent, q, &subject, &outside);
    if (error) {
        show_reply_error(q->conn, error);
        return;
    }
    text = svec_join(&q->passes, "", "");
    trace_parse(text, &trace);
    if (subject.outside) {
        subject.dst = trace_outside_get_receiver(&outside, &trace);
    } else if (!subject.dst) {
        subject.dst = trace_service_find_backend(subject.vpc, &trace);
    }
    json = trace_explain(agent, &subject, &trace);
    json_object_put_string(json, "openvswitch", text);
    show_reply_json(q->conn, json);
    trace_destroy(&trace);
    free(text);
}

/* Whether 'table' is one of a packet that may still go to a tunnel.  What
 * follows such a lookup all comes of it. */
static bool
is_of_sender(int table)
{
    return table == FLOW_SERVICE_CHOSEN || table == FLOW_EGRESS_TO;
}

/* Takes 'text', the answer about 'pass' again, in place of that pass, and of
 * all that follow if they come of it, and so are in the answer, too. */
static void
trace_query_replace_pass(struct trace_query *q, const char *text)
{
    char *pass = xasprintf("\n%s", text);

    if (is_of_sender(q->table)) {
        struct svec passes = SVEC_EMPTY_INITIALIZER;

        while (q->passes.n > q->pass) {
            free(q->passes.names[--q->passes.n]);
        }
        trace_pass_split(pass, &passes);
        svec_append(&q->passes, &passes);
        svec_destroy(&passes);
        free(pass);
    } else {
        free(q->passes.names[q->pass]);
        q->passes.names[q->pass] = pass;
    }
    q->pass++;
}

/* Finds the first pass that a translation begins of which the switch has not
 * been told.  Returns true if there is one: ask again with 'q->states'. */
static bool
trace_query_find_states(struct trace_query *q)
{
    for (size_t i = q->states.n + 1; i < q->passes.n && i <= MAX_STATES;
         i++) {
        const char *translation
            = trace_pass_get_translation(q->passes.names[i]);

        if (translation) {
            while (q->states.n + 1 < i) {
                svec_add(&q->states, "trk,new");
            }
            svec_add_nocopy(&q->states, xasprintf("trk,new,%s", translation));
            return true;
        }
    }
    return false;
}

/* Takes over what the switch printed, and finds the next pass to ask about
 * again: one that connection tracking begins. */
static void
trace_query_take_text(struct trace_query *q, const char *text)
{
    static const int tables[] = { FLOW_SERVICE_CHOSEN, FLOW_EGRESS_TO,
                                  FLOW_ACL };

    if (q->restart || !q->passes.n) {
        svec_clear(&q->passes);
        trace_pass_split(text, &q->passes);
        q->restart = (get_network(q->src) != NULL
                      && trace_query_find_states(q));
        if (q->restart) {
            return;
        }
    } else {
        trace_query_replace_pass(q, text);
    }
    free(q->flow);
    q->flow = NULL;
    for (; !q->flow && q->pass < q->passes.n; q->pass += !q->flow) {
        for (size_t i = 0; !q->flow && i < ARRAY_SIZE(tables); i++) {
            q->table = tables[i];
            q->flow = trace_pass_get_tracked(q->passes.names[q->pass],
                                             q->table,
                                             is_of_sender(q->table),
                                             q->table == FLOW_SERVICE_CHOSEN);
        }
    }
}

static bool
trace_query_ask(const struct trace_query *q, struct vswitchd_ctl *ctl)
{
    char *options = (q->flow && is_of_sender(q->table)
                     ? trace_pass_get_options(q->passes.names[0]) : NULL);
    char *actions = xasprintf("%sresubmit(,%d)", options ? options : "",
                              q->table);
    const char *first[2 * MAX_STATES + 3] = { q->bridge, q->packet.flow };
    const char *again[] = { q->bridge, q->flow, actions, NULL };
    bool ok;

    for (size_t i = 0; i < q->states.n; i++) {
        first[2 + 2 * i] = "--ct-next";
        first[3 + 2 * i] = q->states.names[i];
    }

    ok = (q->flow
          ? vswitchd_ctl_request(ctl, "ofproto/trace-packet-out", again,
                                 MAX_ANSWER_BYTES)
          : vswitchd_ctl_request(ctl, "ofproto/trace", first,
                                 MAX_ANSWER_BYTES));
    free(actions);
    free(options);
    return ok;
}

/* Deals with an answer to the first query, and ends that query unless the
 * switch has to be asked again. */
static void
tracer_take_answer(struct agent *agent, enum vswitchd_ctl_answer answer,
                   const char *text)
{
    struct tracer *tracer = agent->tracer;
    struct trace_query *q = CONTAINER_OF(ovs_list_front(&tracer->queries),
                                         struct trace_query, node);

    tracer->busy = false;
    if (answer == VSWITCHD_CTL_RESULT && text) {
        trace_query_take_text(q, text);
        if (q->flow || q->restart) {
            return;
        }
        trace_query_answer(agent, q);
    } else if (answer == VSWITCHD_CTL_ERROR && text) {
        size_t n = strcspn(text, "\n");

        show_reply_error(q->conn, xasprintf(
            "the switch does not trace \"%s\": %.*s",
            q->flow ? q->flow : q->packet.flow, (int) n, text));
    } else {
        unixctl_command_reply_error(q->conn, "the switch has not answered: is "
                                    "ovs-vswitchd running?");
    }
    trace_query_destroy(q);
}

void
tracer_run(struct agent *agent)
{
    struct tracer *tracer = agent->tracer;
    enum vswitchd_ctl_answer answer;
    char *text;

    do {
        while (tracer->busy
               && (answer = vswitchd_ctl_run(tracer->ctl, &text))
                  != VSWITCHD_CTL_NONE) {
            tracer_take_answer(agent, answer, text);
            free(text);
        }
        if (!tracer->busy && !ovs_list_is_empty(&tracer->queries)) {
            tracer->busy = trace_query_ask(
                CONTAINER_OF(ovs_list_front(&tracer->queries),
                             struct trace_query, node), tracer->ctl);
            if (!tracer->busy) {
                tracer_take_answer(agent, VSWITCHD_CTL_LOST, NULL);
            }
        }
    } while (!tracer->busy && !ovs_list_is_empty(&tracer->queries));
}

void
tracer_wait(struct tracer *tracer)
{
    if (tracer->busy) {
        vswitchd_ctl_wait(tracer->ctl);
    } else if (!ovs_list_is_empty(&tracer->queries)) {
        poll_immediate_wake();
    }
}
