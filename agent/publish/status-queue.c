/* Queues of statuses: see status-queue.h. */

#include <config.h>

#include "agent/publish/status-queue.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/controller/controller.h"
#include "agent/controller/object-writer.h"
#include "agent/model/model.h"
#include "agent/write-gate.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

#define PAUSE 2000                  /* Milliseconds. */

void
status_queue_init(struct status_queue *queue,
                  const struct status_queue_class *class)
{
    queue->class = class;
    sset_init(&queue->pending);
    shash_init(&queue->pauses);
}

void
status_queue_uninit(struct status_queue *queue)
{
    sset_destroy(&queue->pending);
    shash_destroy_free_data(&queue->pauses);
}

void
status_queue_note(struct status_queue *queue, const char *name)
{
    sset_add(&queue->pending, name);
}

void
status_queue_note_set(struct status_queue *queue,
                      const struct hmapx *entities)
{
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, entities) {
        const struct entity *entity = node->data; /* Each begins with it. */

        status_queue_note(queue, entity->name);
    }
}

void
status_queue_note_all(struct status_queue *queue, const struct model *model)
{
    const struct entity *entity;

    HMAP_FOR_EACH (entity, node, &model->entities[queue->class->kind]) {
        status_queue_note(queue, entity->name);
    }
}

static long long int
get_pause(const struct status_queue *queue, const char *name)
{
    const long long int *until = shash_find_data(&queue->pauses, name);

    return until ? *until : 0;
}

static void
set_pause(struct status_queue *queue, const char *name)
{
    long long int *until = shash_find_data(&queue->pauses, name);

    if (!until) {
        until = xmalloc(sizeof *until);
        shash_add(&queue->pauses, name, until);
    }
    *until = time_msec() + PAUSE;
}

/* Returns true if there is nothing more to be done about 'name' for now. */
static bool
publish(struct status_queue *queue, struct agent *agent, const char *name)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    const struct status_queue_class *class = queue->class;
    const struct entity *entity = entity_find(agent->model, class->kind, name);
    struct json *status;

    if (!entity || !entity->object || !agent->model->self
        || !class->is_ours(agent, entity)) {
        object_writer_clear(writer, class->resource_kind, name);
        free(shash_find_and_delete(&queue->pauses, name));
        return true;
    }
    if (get_pause(queue, name) > time_msec()) {
        return false;
    }
    status = class->make_status(agent, entity);
    if (status) {
        object_writer_set_status(writer, class->resource_kind, name, status);
        set_pause(queue, name);
    }
    return status != NULL;
}

void
status_queue_run(struct status_queue *queue, struct agent *agent)
{
    const char *name;

    if (!write_gate_is_open(agent->gate, WRITE_OBJECTS)) {
        return;
    }
    SSET_FOR_EACH_SAFE (name, &queue->pending) {
        if (publish(queue, agent, name)) {
            sset_find_and_delete(&queue->pending, name);
        }
    }
}

void
status_queue_wait(const struct status_queue *queue, const struct agent *agent)
{
    const char *name;

    if (!write_gate_is_open(agent->gate, WRITE_OBJECTS)) {
        return;
    }
    SSET_FOR_EACH (name, &queue->pending) {
        long long int until = get_pause(queue, name);

        if (until > time_msec()) {
            poll_timer_wait_until(until);
        }
    }
}
