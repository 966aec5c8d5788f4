/* Declined addresses: see dhcp-declines.h.
 *
 * The endpoint goes on being offered the address: it has no other, and whoever
 * has it besides may go.  A client waits at least 10 s before it asks again,
 * so if it declines again it is before the alarm has been cleared. */

#include <config.h>

#include "agent/answers/dhcp-declines.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/model/model.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "timeval.h"
#include "util.h"

#define ALARM_TIME 600000           /* In ms. */

struct dhcp_declines {
    struct shash endpoints;         /* Name -> "struct decline". */
    bool changed;                   /* Since the alarms were raised. */
};

struct decline {
    char *address;
    long long int until;            /* time_msec() when it is forgotten. */
};

struct dhcp_declines *
dhcp_declines_create(void)
{
    struct dhcp_declines *d = xzalloc(sizeof *d);

    shash_init(&d->endpoints);
    return d;
}

static void
forget(struct dhcp_declines *d, struct shash_node *node)
{
    struct decline *decline = node->data;

    shash_delete(&d->endpoints, node);
    free(decline->address);
    free(decline);
    d->changed = true;
}

void
dhcp_declines_destroy(struct dhcp_declines *d)
{
    struct shash_node *node;

    if (d) {
        SHASH_FOR_EACH_SAFE (node, &d->endpoints) {
            forget(d, node);
        }
        shash_destroy(&d->endpoints);
        free(d);
    }
}

void
dhcp_declines_note(struct dhcp_declines *d, const char *endpoint,
                   const char *address)
{
    struct decline *decline = shash_find_data(&d->endpoints, endpoint);

    if (!decline) {
        decline = xzalloc(sizeof *decline);
        shash_add(&d->endpoints, endpoint, decline);
    }
    free(decline->address);
    decline->address = xstrdup(address);
    decline->until = time_msec() + ALARM_TIME;
    d->changed = true;
}

static void
raise_alarms(struct agent *agent)
{
    const struct shash_node *node;

    alarms_begin(agent->alarms, "dhcp");
    SHASH_FOR_EACH (node, &agent->dhcp_declines->endpoints) {
        const struct decline *decline = node->data;
        char *object = xasprintf("endpoint %s", node->name);

        alarms_raise(agent->alarms, "dhcp", object, "dhcp-decline",
                     "it was given %s by DHCP and declined it, because "
                     "somebody else in its VPC answers for that address",
                     decline->address);
        free(object);
    }
    alarms_end(agent->alarms, "dhcp");
}

void
dhcp_declines_run(struct agent *agent)
{
    struct dhcp_declines *d = agent->dhcp_declines;
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &d->endpoints) {
        const struct decline *decline = node->data;

        if (time_msec() >= decline->until
            || !entity_find(agent->model, MODEL_ENDPOINT, node->name)) {
            forget(d, node);
        }
    }
    if (d->changed) {
        d->changed = false;
        raise_alarms(agent);
    }
}

void
dhcp_declines_wait(const struct agent *agent)
{
    const struct shash_node *node;

    SHASH_FOR_EACH (node, &agent->dhcp_declines->endpoints) {
        const struct decline *decline = node->data;

        poll_timer_wait_until(decline->until);
    }
}
