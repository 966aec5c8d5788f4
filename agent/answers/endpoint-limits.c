/* Two limits are meters of the switch (agent/flows/meter-stage.h), and one is
 * the agent's (agent/model/packet-limit.h).  All of the switch's meters are
 * read with one request, however many endpoints there are; an endpoint costs
 * an entry here once it has exceeded a limit.
 *
 * A limit is exceeded if more than TOLERANCE packets were dropped between two
 * readings.  The alarm holds for HOLD after that, so that it does not come and
 * go with what is said in bursts. */

#include <config.h>

#include "agent/answers/endpoint-limits.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/model/model.h"
#include "agent/switch/ofctrl.h"
#include "lib/tick.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "timeval.h"
#include "util.h"

#define INTERVAL 5000               /* ms */
#define HOLD 14500                  /* ms: until the third reading without. */
#define TOLERANCE 10                /* Packets. */

enum limit { LIMIT_BUM, LIMIT_PACKET_IN, LIMIT_ANSWERS, N_LIMITS };

static const struct {
    const char *reason, *text;
} limits[] = {
    [LIMIT_BUM] = {
        "bum-limit", "broadcasts and multicasts beyond the rate that it may "
        "send (nve-bum-rate) were dropped: see what it sends, or raise the "
        "rate"
    },
    [LIMIT_PACKET_IN] = {
        "packet-in-limit", "packets that the agent would have to answer "
        "(expired TTL, no route, too big, DHCP, names and so on) were dropped "
        "by the switch: see what it sends"
    },
    [LIMIT_ANSWERS] = {
        "icmp-limit", "packets got no ICMP error and no answer, as there were "
        "too many: see what it sends"
    },
};

struct exceeder {
    uint64_t n[N_LIMITS];           /* Dropped at the last reading. */
    uint64_t n_more[N_LIMITS];      /* Dropped since the alarm began. */
    long long int until[N_LIMITS];  /* time_msec() until when it holds. */
};

struct endpoint_limits {
    struct hmap drops;              /* Contains "struct meter_drops". */
    struct shash exceeders;         /* Name -> "struct exceeder". */
    long long int next;             /* time_msec() of the next reading. */
};

/* What one meter had dropped when it was read. */
struct meter_drops {
    struct hmap_node node;          /* In 'drops'; its hash is the meter. */
    uint64_t n;
};

struct endpoint_limits *
endpoint_limits_create(void)
{
    struct endpoint_limits *el = xzalloc(sizeof *el);

    hmap_init(&el->drops);
    shash_init(&el->exceeders);
    return el;
}

static void
clear_drops(struct endpoint_limits *el)
{
    struct meter_drops *d;

    HMAP_FOR_EACH_POP (d, node, &el->drops) {
        free(d);
    }
}

void
endpoint_limits_destroy(struct endpoint_limits *el)
{
    if (el) {
        clear_drops(el);
        hmap_destroy(&el->drops);
        shash_destroy_free_data(&el->exceeders);
        free(el);
    }
}

/* The switch says what meter 'id' has dropped. */
static void
take_drops(uint32_t id, uint64_t n, void *agent_)
{
    struct agent *agent = agent_;

    if (n) {
        struct meter_drops *d = xmalloc(sizeof *d);

        d->n = n;
        hmap_insert(&agent->endpoint_limits->drops, &d->node, id);
    }
}

static uint64_t
get_drops(const struct endpoint_limits *el, uint32_t meter)
{
    const struct hmap_node *node = hmap_first_with_hash(&el->drops, meter);

    return node ? CONTAINER_OF(node, struct meter_drops, node)->n : 0;
}

/* Takes over what was read about 'ep'.  A meter that was made anew begins at
 * 0. */
static void
take_endpoint(struct endpoint_limits *el, const struct m_endpoint *ep)
{
    const uint64_t n[N_LIMITS] = {
        [LIMIT_BUM] = get_drops(el, ep->here->bum_meter),
        [LIMIT_PACKET_IN] = get_drops(el, ep->here->packet_in_meter),
        [LIMIT_ANSWERS] = ep->here->answer_limit.n_dropped,
    };
    struct exceeder *e = shash_find_data(&el->exceeders, ep->up.name);
    long long int now = time_msec();

    if (!e) {
        if (!n[LIMIT_BUM] && !n[LIMIT_PACKET_IN] && !n[LIMIT_ANSWERS]) {
            return;
        }
        e = xzalloc(sizeof *e);
        shash_add(&el->exceeders, ep->up.name, e);
    }
    for (int i = 0; i < N_LIMITS; i++) {
        uint64_t more = n[i] >= e->n[i] ? n[i] - e->n[i] : n[i];

        if (now >= e->until[i]) {
            e->n_more[i] = 0;
        }
        e->n_more[i] += more;
        if (more > TOLERANCE) {
            e->until[i] = now + HOLD;
        }
        e->n[i] = n[i];
    }
}

static void
raise_alarms(struct agent *agent, const char *name, const struct exceeder *e)
{
    char *object = xasprintf("endpoint %s", name);

    for (int i = 0; i < N_LIMITS; i++) {
        if (time_msec() < e->until[i]) {
            alarms_raise(agent->alarms, "limits", object, limits[i].reason,
                         "%"PRIu64" %s", e->n_more[i], limits[i].text);
        }
    }
    free(object);
}

/* Takes over what the switch said since the last time, if anything: what was
 * asked for then has come, or never will. */
static void
take_reading(struct agent *agent)
{
    struct endpoint_limits *el = agent->endpoint_limits;
    const struct hmapx_node *node;
    struct shash_node *exceeder;

    HMAPX_FOR_EACH (node, &agent->model->plugged) {
        take_endpoint(el, node->data);
    }
    clear_drops(el);
    alarms_begin(agent->alarms, "limits");
    SHASH_FOR_EACH_SAFE (exceeder, &el->exceeders) {
        const struct entity *entity = entity_find(
            agent->model, MODEL_ENDPOINT, exceeder->name);

        if (!entity || !M_CAST(m_endpoint, entity)->plugged) {
            free(exceeder->data);
            shash_delete(&el->exceeders, exceeder);
        } else {
            raise_alarms(agent, exceeder->name, exceeder->data);
        }
    }
    alarms_end(agent->alarms, "limits");
}

void
endpoint_limits_run(struct agent *agent)
{
    struct endpoint_limits *el = agent->endpoint_limits;

    if (time_msec() < el->next) {
        return;
    }
    el->next = tick_next(time_msec(), INTERVAL);
    take_reading(agent);
    if (!hmapx_is_empty(&agent->model->plugged)) {
        ofctrl_query_all_meters(agent->ofctrl, take_drops, agent);
    }
}

void
endpoint_limits_wait(const struct agent *agent)
{
    poll_timer_wait_until(agent->endpoint_limits->next);
}
