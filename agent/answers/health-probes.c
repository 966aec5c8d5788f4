/* Probes under way, their answers and their results: see health-probes.h.
 *
 * What holds:
 *
 * - A probe that could not be made, or whose answer this node may have missed
 *   (the switch had no flows yet, or the connection to it was lost), says
 *   nothing of the backend.  It is made later.
 * - What came before a probe's time was over counts, even if the agent had no
 *   time to look at it: nothing expires while packets wait.
 * - Results reach the model at the beginning of the next turn, before anything
 *   is made of the model.
 * - The work of a turn is bounded, and so is what waits for the switch: what
 *   is due beyond that is sent in the next turns.
 *
 * Who probes has no connections but these, so any other segment that comes for
 * one is reset (RFC 9293, section 3.10.7.1), such as an answer that was late:
 * a backend should not keep it half open. */

#include <config.h>

#include "agent/answers/health-probes.h"

#include <string.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/answers/health-probes-private.h"
#include "agent/answers/packet-in.h"
#include "agent/flows/probe-stage.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "lib/probe-frame.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(health_probes);

/* Sent in one turn, at most: the switch's queue is not ours alone. */
#define MAX_PER_TURN 32

/* Until a probe that could not be made is tried again. */
#define RETRY_MS 500

#define N_PORTS (PROBE_STAGE_LAST_PORT - PROBE_STAGE_FIRST_PORT + 1)

/* Results. */

void
probe_target_queue(struct health_probes *hp, struct probe_target *t)
{
    if (ovs_list_is_empty(&t->result_node)) {
        ovs_list_push_back(&hp->results, &t->result_node);
    }
}

void
probe_target_set_alarm(struct agent *agent, const struct probe_target *t,
                       bool on)
{
    char *object = xasprintf("LoadBalancer %s", t->service->name);
    char *group = xasprintf("%s, backend %s", object, t->host->name);

    alarms_begin(agent->alarms, group);
    if (on) {
        alarms_raise(agent->alarms, group, object, "backend",
                     "backend %s does not pass its health check: %s",
                     t->host->name, t->hc.result);
    }
    alarms_end(agent->alarms, group);
    free(object);
    free(group);
}

static void
log_result(const struct probe_target *t)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(20, 40);

    VLOG_INFO_RL(&rl, "load balancer %s: backend %s is %shealthy: %s",
                 t->service->name, t->host->name,
                 t->hc.healthy ? "" : "not ", t->hc.result);
}

/* A probe has a result, after which the backend may be as healthy as
 * before. */
static void
note_result(struct agent *agent, struct probe_target *t, bool was_healthy)
{
    struct health_probes *hp = agent->health_probes;

    probe_target_free_port(hp, t);
    probe_target_reorder(hp, t);
    if (t->hc.healthy != was_healthy) {
        log_result(t);
    }
    if (t->hc.healthy != was_healthy || !t->told) {
        probe_target_queue(hp, t);
    }
    if (t->hc.fallen && (!t->hc.healthy || !was_healthy)) {
        probe_target_set_alarm(agent, t, !t->hc.healthy);
    }
}

/* Sets '*lb' and '*ep' to what 't' is for.  Returns false if the model has no
 * longer both. */
static bool
find_entities(const struct agent *agent, const struct probe_target *t,
              struct m_lb **lb, struct m_endpoint **ep)
{
    struct entity *service = entity_find(agent->model, MODEL_LB,
                                         t->service->name);
    struct entity *host = entity_find(agent->model, MODEL_ENDPOINT,
                                      t->host->name);

    *lb = service ? M_CAST(m_lb, service) : NULL;
    *ep = host ? M_CAST(m_endpoint, host) : NULL;
    return *lb && *ep && m_lb_get_def(*lb) && m_lb_find_backend(*lb, *ep);
}

void
health_probes_tell(struct agent *agent)
{
    struct health_probes *hp = agent->health_probes;

    while (!ovs_list_is_empty(&hp->results)) {
        struct probe_target *t = CONTAINER_OF(
            ovs_list_pop_front(&hp->results), struct probe_target,
            result_node);
        struct m_endpoint *ep;
        struct m_lb *lb;

        ovs_list_init(&t->result_node);
        if (find_entities(agent, t, &lb, &ep)) {
            t->told = true;
            m_lb_set_healthy(agent->model, lb, ep, t->hc.healthy);
        }
    }
}

const char *
health_probes_describe(const struct health_probes *hp, const char *lb,
                       const char *ep)
{
    const struct probe_target *t = probe_target_find(hp, lb, ep);

    return t && t->hc.has_result ? t->hc.result : NULL;
}

/* Sending. */

static void
send_frame(struct agent *agent, const struct m_endpoint *ep,
           const struct probe_frame *f)
{
    struct ofpbuf frame;

    ofpbuf_init(&frame, 128 + f->payload_len);
    probe_frame_compose(f, &frame);
    packet_ins_send(agent->packet_ins, ep->ofport, frame.data, frame.size);
    ofpbuf_uninit(&frame);
}

static void
send_to_target(struct agent *agent, const struct probe_target *t,
               const struct m_endpoint *ep, struct probe_frame *f)
{
    f->eth_src = (struct eth_addr) GATEWAY_MAC;
    f->eth_dst = ep->up.object->endpoint->mac;
    f->src = t->source;
    f->dst = t->ip;
    send_frame(agent, ep, f);
}

static uint32_t
hash_port(const char *host, uint16_t port)
{
    return hash_int(port, hash_string(host, 0));
}

static struct probe_target *
find_by_port(const struct health_probes *hp, const char *host, uint16_t port)
{
    struct probe_target *t;

    HMAP_FOR_EACH_WITH_HASH (t, port_node, hash_port(host, port),
                             &hp->ports) {
        if (t->hc.port == port && !strcmp(t->host->name, host)) {
            return t;
        }
    }
    return NULL;
}

/* Returns a port from which its endpoint is not being probed, or 0. */
static uint16_t
choose_port(const struct health_probes *hp, const struct probe_target *t)
{
    unsigned int first = random_range(N_PORTS);

    for (unsigned int i = 0; i < N_PORTS; i++) {
        uint16_t port = PROBE_STAGE_FIRST_PORT + (first + i) % N_PORTS;

        if (!find_by_port(hp, t->host->name, port)) {
            return port;
        }
    }
    return 0;
}

static void
postpone(struct health_probes *hp, struct probe_target *t)
{
    probe_target_free_port(hp, t);
    health_check_postpone(&t->hc, time_msec() + RETRY_MS
                          + random_range(RETRY_MS));
    probe_target_reorder(hp, t);
}

/* Whether answers of 'ep' would reach us. */
static bool
is_ready(const struct agent *agent, const struct probe_target *t,
         const struct m_endpoint *ep)
{
    return (ovs_list_is_empty(&t->host->dirty_node)
            && ofctrl_owner_is_confirmed(&t->host->flows, agent->ofctrl)
            && ofctrl_owner_is_confirmed(&ep->flows, agent->ofctrl)
            && packet_ins_can_send(agent->packet_ins));
}

static void
start(struct agent *agent, struct probe_target *t,
      const struct m_endpoint *ep, uint16_t port)
{
    struct health_probes *hp = agent->health_probes;
    struct probe_frame f;
    struct ofpbuf payload;

    ofpbuf_init(&payload, 0);
    health_check_start(&t->hc, port, time_msec(), random_uint32(), &f,
                       &payload);
    t->connection = packet_ins_get_connection(agent->packet_ins);
    hmap_insert(&hp->ports, &t->port_node, hash_port(t->host->name, port));
    send_to_target(agent, t, ep, &f);
    ofpbuf_uninit(&payload);
    probe_target_reorder(hp, t);
}

/* A probe is due. */
static void
try_start(struct agent *agent, struct probe_target *t)
{
    struct health_probes *hp = agent->health_probes;
    bool was_healthy = t->hc.healthy;
    struct in6_addr source;
    struct m_endpoint *ep;
    struct m_lb *lb;
    uint16_t port;

    if (!find_entities(agent, t, &lb, &ep)) {
        postpone(hp, t);
        return;
    } else if (!ep->attached) {
        health_check_fail(&t->hc, "packets cannot be delivered to it",
                          time_msec(), random_uint32());
        note_result(agent, t, was_healthy);
        return;
    }
    source = probe_target_choose_source(agent, t, lb, ep);
    if (!ipv6_addr_equals(&source, &t->source)) {
        t->source = source;
        probe_host_touch(hp, t->host);
    }
    port = is_ready(agent, t, ep) ? choose_port(hp, t) : 0;
    if (port) {
        start(agent, t, ep, port);
    } else {
        postpone(hp, t);
    }
}

/* The time of a probe is over. */
static void
expire(struct agent *agent, struct probe_target *t)
{
    bool was_healthy = t->hc.healthy;
    struct probe_frame f;
    struct m_endpoint *ep;
    struct m_lb *lb;

    if (!find_entities(agent, t, &lb, &ep)
        || t->connection != packet_ins_get_connection(agent->packet_ins)) {
        postpone(agent->health_probes, t);
        return;
    }
    if (health_check_expire(&t->hc, time_msec(), random_uint32(), &f)
        && ep->attached) {
        send_to_target(agent, t, ep, &f);
    }
    note_result(agent, t, was_healthy);
}

static struct probe_target *
get_first(const struct health_probes *hp)
{
    return (heap_is_empty(&hp->due) ? NULL
            : CONTAINER_OF(heap_max(&hp->due), struct probe_target,
                           due_node));
}

void
health_probes_run(struct agent *agent)
{
    if (!packet_ins_is_drained(agent->packet_ins)) {
        return;
    }
    for (int i = 0; i < MAX_PER_TURN; i++) {
        struct probe_target *t = get_first(agent->health_probes);

        if (!t || t->hc.next > time_msec()) {
            break;
        } else if (t->hc.phase == HEALTH_IDLE) {
            try_start(agent, t);
        } else {
            expire(agent, t);
        }
    }
}

void
health_probes_wait(const struct agent *agent)
{
    const struct health_probes *hp = agent->health_probes;
    const struct probe_target *t = get_first(hp);

    if (t) {
        poll_timer_wait_until(t->hc.next);
    }
    if (!ovs_list_is_empty(&hp->results) || !ovs_list_is_empty(&hp->dirty)) {
        poll_immediate_wake();
    }
}

/* Answers. */

static bool
reset(struct agent *agent, struct m_endpoint *ep,
      const struct probe_frame *in)
{
    struct probe_frame out;

    if (!probe_frame_reset(in, &out)
        || !ep->here || !packet_limit_admit(&ep->here->answer_limit)) {
        return false;
    }
    send_frame(agent, ep, &out);
    return true;
}

static void
receive(struct agent *agent, struct probe_target *t,
        const struct m_endpoint *ep, const struct probe_frame *in)
{
    bool was_healthy = t->hc.healthy;
    struct probe_frame out;
    struct ofpbuf payload;

    ofpbuf_init(&payload, 0);
    if (health_check_receive(&t->hc, in, time_msec(), random_uint32(), &out,
                             &payload)) {
        send_to_target(agent, t, ep, &out);
    }
    ofpbuf_uninit(&payload);
    if (t->hc.phase == HEALTH_IDLE) {
        note_result(agent, t, was_healthy);
    }
}

bool
health_probes_take(struct agent *agent, struct m_endpoint *ep,
                   const struct packet_in *p)
{
    struct probe_target *t;
    struct probe_frame in;
    const char *fault = probe_frame_parse(p->frame, p->len, &in);

    if (fault) {
        VLOG_DBG("endpoint %s: no answer to a health check: %s", ep->up.name,
                 fault);
        return false;
    }
    t = find_by_port(agent->health_probes, ep->up.name,
                     in.is_echo ? in.id : in.dport);
    if (!t || !ipv6_addr_equals(&t->ip, &in.src)
        || !ipv6_addr_equals(&t->source, &in.dst)) {
        return reset(agent, ep, &in);
    }
    receive(agent, t, ep, &in);
    return true;
}
