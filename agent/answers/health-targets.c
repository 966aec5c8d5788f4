/* Whom to probe, and the flows for answers: see health-probes.h.
 *
 * A target is a backend that is here, with the check of one service.  It lives
 * as long as the model has that backend, and names what it belongs to: the
 * model may free it meanwhile.
 *
 * An endpoint's flows and its meter are for all targets that it is.  The meter
 * lets through what all their probes are answered with, and twice that. */

#include <config.h>

#include "agent/answers/health-probes-private.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/flows/meter-stage.h"
#include "agent/flows/probe-stage.h"
#include "agent/model/model-endpoint.h"
#include "agent/model/model-lb.h"
#include "agent/model/model.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "packets.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

/* Packets with which a host answers one probe: it accepts the connection,
 * acknowledges the request, answers it, and closes. */
#define ANSWERS 4
#define MIN_METER_RATE 20

struct health_probes *
health_probes_create(void)
{
    struct health_probes *hp = xzalloc(sizeof *hp);

    hmap_init(&hp->targets);
    hmap_init(&hp->ports);
    heap_init(&hp->due);
    ovs_list_init(&hp->results);
    ovs_list_init(&hp->dirty);
    shash_init(&hp->services);
    shash_init(&hp->hosts);
    return hp;
}

/* Services and hosts. */

static struct probe_service *
service_get(struct health_probes *hp, const char *name)
{
    struct probe_service *s = shash_find_data(&hp->services, name);

    if (!s) {
        s = xzalloc(sizeof *s);
        s->name = xstrdup(name);
        ovs_list_init(&s->targets);
        shash_add(&hp->services, name, s);
    }
    return s;
}

static void
service_unref(struct health_probes *hp, struct probe_service *s)
{
    if (ovs_list_is_empty(&s->targets)) {
        shash_find_and_delete(&hp->services, s->name);
        free(s->name);
        free(s);
    }
}

static struct probe_host *
host_get(struct health_probes *hp, const char *name)
{
    struct probe_host *h = shash_find_data(&hp->hosts, name);

    if (!h) {
        h = xzalloc(sizeof *h);
        h->name = xstrdup(name);
        ovs_list_init(&h->targets);
        ovs_list_init(&h->dirty_node);
        flow_owner_init(&h->flows, hash_string(name, MODEL_LB + 100),
                        "probes of endpoint %s", name);
        flow_owner_init(&h->meter_flows, hash_string(name, MODEL_LB + 101),
                        "meter of probes of endpoint %s", name);
        shash_add(&hp->hosts, name, h);
    }
    return h;
}

void
probe_host_touch(struct health_probes *hp, struct probe_host *h)
{
    if (ovs_list_is_empty(&h->dirty_node)) {
        ovs_list_push_back(&hp->dirty, &h->dirty_node);
    }
}

/* With 'id' 0, takes the meter away. */
static void
set_meter(struct ofctrl *ofctrl, struct probe_host *h, uint32_t id,
          uint32_t rate)
{
    meter_stage_replace(ofctrl, &h->meter, id, meter_band_packets(rate),
                        h->meter_flows.name);
}

static void
host_unref(struct agent *agent, struct probe_host *h)
{
    struct health_probes *hp = agent->health_probes;

    if (ovs_list_is_empty(&h->targets)) {
        set_meter(agent->ofctrl, h, 0, 0);
        ovs_list_remove(&h->dirty_node);
        ofctrl_destroy_owner(agent->ofctrl, &h->flows);
        ofctrl_destroy_owner(agent->ofctrl, &h->meter_flows);
        shash_find_and_delete(&hp->hosts, h->name);
        free(h->name);
        free(h);
    } else {
        probe_host_touch(hp, h);
    }
}

/* Targets. */

static uint32_t
hash_names(const char *service, const char *host)
{
    return hash_string(host, hash_string(service, 0));
}

struct probe_target *
probe_target_find(const struct health_probes *hp, const char *service,
                  const char *host)
{
    struct probe_target *t;

    HMAP_FOR_EACH_WITH_HASH (t, node, hash_names(service, host),
                             &hp->targets) {
        if (!strcmp(t->service->name, service)
            && !strcmp(t->host->name, host)) {
            return t;
        }
    }
    return NULL;
}

/* The heap has the largest on top. */
static uint64_t
get_priority(const struct probe_target *t)
{
    return UINT64_MAX - t->hc.next;
}

void
probe_target_reorder(struct health_probes *hp, struct probe_target *t)
{
    heap_change(&hp->due, &t->due_node, get_priority(t));
}

void
probe_target_free_port(struct health_probes *hp, struct probe_target *t)
{
    if (!hmap_node_is_null(&t->port_node)) {
        hmap_remove(&hp->ports, &t->port_node);
        hmap_node_nullify(&t->port_node);
    }
}

static struct probe_target *
target_create(struct health_probes *hp, const struct m_lb *lb,
              const struct m_lb_backend *b)
{
    const struct load_balancer *def = m_lb_get_def(lb);
    struct probe_target *t = xzalloc(sizeof *t);

    t->service = service_get(hp, lb->up.name);
    t->host = host_get(hp, b->ep->up.name);
    ovs_list_push_back(&t->service->targets, &t->service_node);
    ovs_list_push_back(&t->host->targets, &t->host_node);
    ovs_list_init(&t->result_node);
    hmap_node_nullify(&t->port_node);
    health_check_init(&t->hc, &def->check, b->healthy, time_msec(),
                      random_uint32());
    hmap_insert(&hp->targets, &t->node, hash_names(t->service->name,
                                                   t->host->name));
    heap_insert(&hp->due, &t->due_node, get_priority(t));
    return t;
}

static void
target_destroy(struct agent *agent, struct probe_target *t)
{
    struct health_probes *hp = agent->health_probes;

    hmap_remove(&hp->targets, &t->node);
    probe_target_free_port(hp, t);
    heap_remove(&hp->due, &t->due_node);
    ovs_list_remove(&t->result_node);
    ovs_list_remove(&t->service_node);
    ovs_list_remove(&t->host_node);
    host_unref(agent, t->host);
    health_check_destroy(&t->hc);
    free(t);
}

void
health_probes_destroy(struct agent *agent)
{
    struct health_probes *hp = agent->health_probes;
    struct shash_node *node;
    struct probe_target *t;

    HMAP_FOR_EACH_SAFE (t, node, &hp->targets) {
        target_destroy(agent, t);
    }
    SHASH_FOR_EACH_SAFE (node, &hp->services) {
        service_unref(hp, node->data);
    }
    hmap_destroy(&hp->targets);
    hmap_destroy(&hp->ports);
    heap_destroy(&hp->due);
    shash_destroy(&hp->services);
    shash_destroy(&hp->hosts);
    free(hp);
}

/* A gateway's address is nobody's, and the backend reaches it without a route,
 * but a subnet may lack a gateway, or an endpoint be it. */
struct in6_addr
probe_target_choose_source(const struct agent *agent,
                           const struct probe_target *t,
                           const struct m_lb *lb, const struct m_endpoint *ep)
{
    const struct subnet *subnet = vpc_find_subnet(ep->vpc->up.object->vpc,
                                                  &t->ip);

    return (subnet && ipv6_addr_is_set(&subnet->gateway)
            && !m_endpoint_find_by_ip(agent->model, ep->vpc,
                                      &subnet->gateway)
            ? subnet->gateway : m_lb_get_def(lb)->address);
}

/* What the model has. */

static void
update_target(struct agent *agent, const struct m_lb *lb,
              const struct m_lb_backend *b)
{
    struct health_probes *hp = agent->health_probes;
    struct probe_target *t = probe_target_find(hp, lb->up.name,
                                               b->ep->up.name);
    struct in6_addr source;

    if (!t) {
        t = target_create(hp, lb, b);
    }
    t->seen = true;
    if (!ipv6_addr_equals(&t->ip, &b->ip)) {
        t->ip = b->ip;
        probe_host_touch(hp, t->host);
    }
    source = probe_target_choose_source(agent, t, lb, b->ep);
    if (!ipv6_addr_equals(&t->source, &source)) {
        t->source = source;
        probe_host_touch(hp, t->host);
    }
    if (health_check_change(&t->hc, &m_lb_get_def(lb)->check, time_msec(),
                            random_uint32())) {
        probe_target_free_port(hp, t);
        probe_target_reorder(hp, t);
        probe_host_touch(hp, t->host);
    }
    if (t->hc.has_result && t->hc.healthy != b->healthy) {
        t->told = false;            /* It is a backend again. */
        probe_target_queue(hp, t);
    }
}

/* Makes the backends of 'lb' that are here targets, and no others. */
static void
follow_service(struct agent *agent, const struct m_lb *lb)
{
    struct health_probes *hp = agent->health_probes;
    struct probe_service *s = service_get(hp, lb->up.name);
    const struct load_balancer *def = m_lb_get_def(lb);
    const struct m_lb_backend *b;
    struct probe_target *t;

    LIST_FOR_EACH (t, service_node, &s->targets) {
        t->seen = false;
    }
    if (def && def->has_check) {
        HMAP_FOR_EACH (b, node, &lb->backends) {
            if (b->local && b->ep->vpc->up.object) {
                update_target(agent, lb, b);
            }
        }
    }
    LIST_FOR_EACH_SAFE (t, service_node, &s->targets) {
        if (!t->seen) {
            probe_target_set_alarm(agent, t, false);
            target_destroy(agent, t);
        }
    }
    service_unref(hp, s);
}

/* Flows. */

static uint32_t
get_meter_rate(const struct probe_host *h)
{
    uint32_t rate = MIN_METER_RATE;
    const struct probe_target *t;

    LIST_FOR_EACH (t, host_node, &h->targets) {
        rate += DIV_ROUND_UP(2 * ANSWERS * 1000, t->hc.check.interval);
    }
    return rate;
}

static struct probe_answer
get_answer(const struct probe_target *t)
{
    bool is_echo = t->hc.check.protocol == LB_CHECK_ICMP;

    return (struct probe_answer) {
        .from = t->ip,
        .to = t->source,
        .is_echo = is_echo,
        .port = is_echo ? 0 : t->hc.check.port,
    };
}

/* Whether a target of its endpoint before 't' gets the same answers. */
static bool
is_repeated(const struct probe_host *h, const struct probe_target *t)
{
    struct probe_answer a = get_answer(t);
    const struct probe_target *other;

    LIST_FOR_EACH (other, host_node, &h->targets) {
        struct probe_answer b = get_answer(other);

        if (other == t) {
            break;
        } else if (ipv6_addr_equals(&a.from, &b.from)
                   && ipv6_addr_equals(&a.to, &b.to)
                   && a.is_echo == b.is_echo && a.port == b.port) {
            return true;
        }
    }
    return false;
}

static void
replace_flows(struct agent *agent, struct flow_owner *owner,
              const struct probe_host *h, const struct m_endpoint *ep,
              uint32_t meter)
{
    const struct probe_target *t;
    struct flow_list flows;

    flow_list_init(&flows);
    LIST_FOR_EACH (t, host_node, &h->targets) {
        if (!is_repeated(h, t)) {
            struct probe_answer answer = get_answer(t);

            probe_stage_add(ep, &answer, meter, &flows);
        }
    }
    ofctrl_replace(agent->ofctrl, owner, &flows);
    flow_list_destroy(&flows);
}

static void
make_flows(struct agent *agent, struct probe_host *h)
{
    struct entity *entity = entity_find(agent->model, MODEL_ENDPOINT, h->name);
    const struct m_endpoint *ep = entity ? M_CAST(m_endpoint, entity) : NULL;

    ovs_list_remove(&h->dirty_node);
    ovs_list_init(&h->dirty_node);
    if (ep && ep->attached) {
        set_meter(agent->ofctrl, h, meter_stage_get_probe_id(ep->ofport),
                  get_meter_rate(h));
        replace_flows(agent, &h->flows, h, ep, 0);
        replace_flows(agent, &h->meter_flows, h, ep, h->meter);
    } else {
        set_meter(agent->ofctrl, h, 0, 0);
        ofctrl_clear(agent->ofctrl, &h->flows);
        ofctrl_clear(agent->ofctrl, &h->meter_flows);
    }
}

void
health_probes_follow(struct agent *agent)
{
    struct health_probes *hp = agent->health_probes;
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_lbs) {
        follow_service(agent, node->data);
    }
    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        const struct m_endpoint *ep = node->data;
        struct probe_host *h = shash_find_data(&hp->hosts, ep->up.name);

        if (h) {
            probe_host_touch(hp, h);
        }
    }
    while (!ovs_list_is_empty(&hp->dirty)) {
        struct probe_host *h = CONTAINER_OF(ovs_list_front(&hp->dirty),
                                            struct probe_host, dirty_node);

        make_flows(agent, h);
    }
}
