/* Our name: see own-name.h, and name-dispute.h for how it is decided.
 *
 * A node that holds still goes on forwarding: its endpoints that others know
 * by another name, such as that which the node had before, stay reachable. */

#include <config.h>

#include "agent/publish/own-name.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/alarms.h"
#include "agent/controller/controller.h"
#include "agent/controller/object-writer.h"
#include "agent/controller/objects.h"
#include "agent/model/model-touch.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/publish/name-dispute.h"
#include "agent/write-gate.h"
#include "lib/option-json.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(own_name);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(10, 10);

struct own_name {
    char *name;                     /* That 'dispute' is about, or NULL. */
    struct name_dispute dispute;    /* If 'name'. */

    bool dirty;                     /* An NVE's object has changed since the
                                     * last look... */
    bool may_write;                 /* ...when we could write, or not... */
    unsigned int local_seqno;       /* ...and of local_get_seqno(). */
};

struct own_name *
own_name_create(void)
{
    struct own_name *on = xzalloc(sizeof *on);

    on->dirty = true;
    return on;
}

void
own_name_touch(struct own_name *on)
{
    on->dirty = true;
}

static void
forget(struct own_name *on)
{
    if (on->name) {
        name_dispute_destroy(&on->dispute);
        free(on->name);
        on->name = NULL;
    }
}

void
own_name_destroy(struct own_name *on)
{
    if (on) {
        forget(on);
        free(on);
    }
}

/* Starts anew if the node's name, or the node, is another one. */
static void
follow_node(struct agent *agent)
{
    const char *instance = local_get_instance(agent->local);
    const char *self = agent->model->self;
    struct own_name *on = agent->own_name;

    if (on->name && !strcmp(on->name, self)
        && !strcmp(on->dispute.instance, instance)) {
        return;
    }
    if (on->name) {
        object_writer_clear(controller_get_writer(agent->controller), RES_NVE,
                            on->name);
        forget(on);
    }
    on->name = xstrdup(self);
    name_dispute_init(&on->dispute, xstrdup(instance));
    agent->own_nve_changed = true;
}

static void
update(struct agent *agent)
{
    struct own_name *on = agent->own_name;
    const struct object *object = objects_get(agent->objects, RES_NVE,
                                              on->name);
    const struct nve *def = object ? object->nve : NULL;
    struct name_status status = {
        .instance = def ? def->instance : NULL,
        .contender = def ? def->contender : NULL,
        .contender_seen = def ? def->contender_seen : NULL,
    };

    agent->own_nve_changed |= (
        time_msec() >= name_dispute_get_deadline(&on->dispute));
    name_dispute_update(&on->dispute, &status, time_msec());
}

/* Wants nothing any more of the objects that we write to. */
static void
hold_still(struct agent *agent)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    const struct hmapx_node *node;

    object_writer_clear(writer, RES_NVE, agent->own_name->name);
    HMAPX_FOR_EACH (node, &agent->model->plugged) {
        const struct m_endpoint *ep = node->data;

        object_writer_clear(writer, RES_ENDPOINT, ep->up.name);
    }
}

static void
follow_state(struct agent *agent, enum name_state old)
{
    struct own_name *on = agent->own_name;
    enum name_state new = on->dispute.state;

    if (new == old) {
        return;
    }
    on->dirty = true;               /* What it says means something else. */
    if (new != NAME_OURS) {
        VLOG_WARN_RL(&rl, "NVE %s: %s", on->name, new == NAME_ASKING
                     ? "another instance writes its status; asking whether "
                     "it is alive" : "another node has this name");
        hold_still(agent);
    } else if (old != NAME_UNKNOWN) {
        VLOG_INFO_RL(&rl, "NVE %s: the name is ours", on->name);
        model_touch_all_endpoints(agent->model);
    }
    if (new == NAME_ASKING) {
        struct json *status = json_object_create();

        json_object_put_string(status, "contender", on->dispute.question);
        object_writer_set_status(controller_get_writer(agent->controller),
                                 RES_NVE, on->name, status);
    }
}

static void
raise_alarms(struct agent *agent)
{
    const struct own_name *on = agent->own_name;
    const struct name_dispute *d = &on->dispute;

    alarms_begin(agent->alarms, "own name");
    if (on->name && (d->refused || d->rival)) {
        char *object = xasprintf("NVE %s", on->name);

        alarms_raise(agent->alarms, "own name", object, "name",
                     "two nodes have external_ids:system-id=%s, and %s: give "
                     "one of them another system-id", on->name, d->refused
                     ? "this one is the second, so it writes nothing at the "
                     "controller" : "the other one holds still");
        free(object);
    }
    alarms_end(agent->alarms, "own name");
}

static long long int
get_deadline(const struct own_name *on)
{
    return (on->name ? name_dispute_get_deadline(&on->dispute)
            : LLONG_MAX);
}

/* Whether anything may have changed that the dispute depends on: the objects,
 * whether we may write, our name and instance, or the time. */
static bool
must_look(struct agent *agent, bool may_write)
{
    unsigned int local_seqno = local_get_seqno(agent->local);
    struct own_name *on = agent->own_name;
    bool changed = (on->dirty || may_write != on->may_write
                    || local_seqno != on->local_seqno);
    long long int deadline = get_deadline(on);

    on->dirty = false;
    on->may_write = may_write;
    on->local_seqno = local_seqno;
    return (changed
            || (deadline != LLONG_MAX && time_msec() >= deadline));
}

void
own_name_run(struct agent *agent)
{
    struct own_name *on = agent->own_name;
    bool may_write = (write_gate_is_open(agent->gate, WRITE_OWN_NAME)
                      && agent->model->writable);

    if (!must_look(agent, may_write)) {
        return;
    }
    if (may_write) {
        follow_node(agent);

        enum name_state old = on->dispute.state;
        update(agent);
        follow_state(agent, old);
    } else if (on->name) {
        object_writer_clear(controller_get_writer(agent->controller), RES_NVE,
                            on->name);
        forget(on);
        agent->own_nve_changed = true;
    }
    raise_alarms(agent);
}

void
own_name_wait(const struct agent *agent)
{
    long long int deadline = get_deadline(agent->own_name);

    if (deadline != LLONG_MAX) {
        poll_timer_wait_until(deadline);
    }
}

bool
own_name_is_ours(const struct agent *agent)
{
    const struct own_name *on = agent->own_name;

    return (!agent->model->writable
            || (on->name && on->dispute.state == NAME_OURS));
}

void
own_name_put_status(const struct agent *agent, struct json *status)
{
    const struct name_dispute *d = &agent->own_name->dispute;
    bool answer = d->rival && !d->rival_gone;

    if (!agent->own_name->name) {
        return;                     /* Nobody can write to a file. */
    }
    json_object_put_string(status, "instance", d->instance);
    json_object_put(status, "contenderSeen",
                    option_json_string(answer ? d->rival : NULL));
    if (!answer) {
        json_object_put(status, "contender", json_null_create());
    }
}
