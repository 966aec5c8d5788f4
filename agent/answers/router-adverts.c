/* When endpoints get router advertisements.
 *
 * Each endpoint has a schedule of its own (lib/ra-schedule.h), as each may be
 * told something else, and each node is the router of its endpoints.
 *
 * An endpoint that is not to be told anything any more gets one last
 * advertisement, that there is no router, and loses its schedule.  An agent
 * that ends sends none: the router is still there. */

#include <config.h>

#include "agent/answers/router-adverts.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/answers/packet-in.h"
#include "agent/answers/router-advert.h"
#include "agent/model/model.h"
#include "hash.h"
#include "heap.h"
#include "lib/nd-ra.h"
#include "lib/ra-schedule.h"
#include "openvswitch/hmap.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "packets.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(router_adverts);

/* Sent in one turn, at most: the switch's queue is not ours alone. */
#define MAX_PER_TURN 32

struct router_adverts {
    struct hmap schedules;          /* Contains "struct schedule"s. */
    struct heap due;                /* The same, the next one on top. */
};

struct schedule {
    struct hmap_node node;          /* By 'endpoint'. */
    struct heap_node due_node;
    char *endpoint;
    uint32_t content;               /* Hash of what it is told. */
    struct ra_schedule times;       /* By time_msec(). */
};

struct router_adverts *
router_adverts_create(void)
{
    struct router_adverts *r = xmalloc(sizeof *r);

    hmap_init(&r->schedules);
    heap_init(&r->due);
    return r;
}

static void
schedule_destroy(struct router_adverts *r, struct schedule *s)
{
    hmap_remove(&r->schedules, &s->node);
    heap_remove(&r->due, &s->due_node);
    free(s->endpoint);
    free(s);
}

void
router_adverts_destroy(struct router_adverts *r)
{
    struct schedule *s;

    if (r) {
        HMAP_FOR_EACH_SAFE (s, node, &r->schedules) {
            schedule_destroy(r, s);
        }
        hmap_destroy(&r->schedules);
        heap_destroy(&r->due);
        free(r);
    }
}

static struct schedule *
find_schedule(const struct router_adverts *r, const char *endpoint)
{
    struct schedule *s;

    HMAP_FOR_EACH_WITH_HASH (s, node, hash_string(endpoint, 0),
                             &r->schedules) {
        if (!strcmp(s->endpoint, endpoint)) {
            return s;
        }
    }
    return NULL;
}

/* The heap has the largest on top. */
static uint64_t
get_priority(long long int next)
{
    return UINT64_MAX - next;
}

/* To be called after a change of 's->times'. */
static void
reorder(struct router_adverts *r, struct schedule *s)
{
    heap_change(&r->due, &s->due_node, get_priority(s->times.next));
}

static struct schedule *
schedule_create(struct router_adverts *r, const char *endpoint)
{
    struct schedule *s = xzalloc(sizeof *s);

    s->endpoint = xstrdup(endpoint);
    ra_schedule_init(&s->times);
    hmap_insert(&r->schedules, &s->node, hash_string(endpoint, 0));
    heap_insert(&r->due, &s->due_node, get_priority(s->times.next));
    return s;
}

static void
send_frame(struct agent *agent, const struct m_endpoint *ep,
           const struct ofpbuf *frame)
{
    packet_ins_send(agent->packet_ins, ep->ofport, frame->data, frame->size);
}

static bool
is_attached(const struct m_endpoint *ep)
{
    return ep->up.object && m_endpoint_is_local(ep) && ep->attached;
}

/* Brings the schedule of 'ep' up to date. */
static void
update_endpoint(struct agent *agent, const struct m_endpoint *ep)
{
    struct router_adverts *r = agent->router_adverts;
    struct schedule *s = find_schedule(r, ep->up.name);
    uint32_t interval = 0, content = 0;
    struct ofpbuf frame;

    ofpbuf_init(&frame, 512);
    if (is_attached(ep)) {
        interval = router_advert_compose(ep, &in6addr_any, false, &frame);
        content = hash_bytes(frame.data, frame.size, ep->ofport);
    }
    if (interval && !s) {
        s = schedule_create(r, ep->up.name);
    }
    if (interval && s->content != content) {
        s->content = content;
        ra_schedule_change(&s->times, interval * 1000, time_msec());
        reorder(r, s);
    } else if (interval) {
        s->times.interval = interval * 1000;
    } else if (s) {
        if (is_attached(ep)) {
            router_advert_compose(ep, &in6addr_any, true, &frame);
            send_frame(agent, ep, &frame);
        }
        schedule_destroy(r, s);
    }
    ofpbuf_uninit(&frame);
}

/* Sends the advertisement that is due, and chooses when the next is. */
static void
send_due(struct agent *agent, struct schedule *s)
{
    struct entity *entity = entity_find(agent->model, MODEL_ENDPOINT,
                                       s->endpoint);
    const struct m_endpoint *ep = entity ? M_CAST(m_endpoint, entity) : NULL;
    struct ofpbuf frame;

    if (!ep || !is_attached(ep)) {
        schedule_destroy(agent->router_adverts, s);
        return;
    }
    ofpbuf_init(&frame, 512);
    router_advert_compose(ep, &in6addr_any, false, &frame);
    if (frame.size) {
        send_frame(agent, ep, &frame);
    }
    ofpbuf_uninit(&frame);
    ra_schedule_sent(&s->times, time_msec(), random_uint32());
    reorder(agent->router_adverts, s);
}

static struct schedule *
get_first(const struct router_adverts *r)
{
    return (heap_is_empty(&r->due) ? NULL
            : CONTAINER_OF(heap_max(&r->due), struct schedule, due_node));
}

void
router_adverts_run(struct agent *agent)
{
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_endpoints) {
        update_endpoint(agent, node->data);
    }
    for (int i = 0; i < MAX_PER_TURN; i++) {
        struct schedule *s = get_first(agent->router_adverts);

        if (!s || s->times.next > time_msec()) {
            break;
        }
        send_due(agent, s);
    }
}

void
router_adverts_wait(const struct agent *agent)
{
    const struct schedule *s = get_first(agent->router_adverts);

    if (s) {
        poll_timer_wait_until(s->times.next);
    }
}

/* The answer goes to who asked, at once.  The delay of RFC 4861, section
 * 6.2.6, is there for links on which several routers would answer at one time;
 * here there is one, and one host.  A host without an address can only be
 * answered by multicast, which must not come too often. */
bool
router_adverts_handle(struct agent *agent, const struct m_endpoint *ep,
                      const struct packet_in *p)
{
    struct schedule *s = find_schedule(agent->router_adverts, ep->up.name);
    struct ofpbuf frame;
    struct nd_rs rs;
    const char *fault = nd_rs_parse(p->frame, p->len, &rs);

    if (fault || !s) {
        VLOG_DBG("endpoint %s: no router advertisement: %s", ep->up.name,
                 fault ? fault : "it is not to have any");
        return false;
    }
    if (!ipv6_addr_is_set(&rs.src)) {
        ra_schedule_solicit(&s->times, time_msec());
        reorder(agent->router_adverts, s);
        return true;
    }
    ofpbuf_init(&frame, 512);
    router_advert_compose(ep, &rs.src, false, &frame);
    if (frame.size) {
        send_frame(agent, ep, &frame);
    }
    ofpbuf_uninit(&frame);
    return true;
}
