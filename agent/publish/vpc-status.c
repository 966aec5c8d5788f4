/* The status of VPCs: see vpc-status.h.
 *
 * One agent is enough to say it, and many have reason to at the same moment.
 * So each waits for a random time first, and has nothing to say if another one
 * was faster.  It is never taken back: a VPC keeps its VNI, and once it has
 * another one, what its status says counts no more. */

#include <config.h>

#include "agent/publish/vpc-status.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/controller/controller.h"
#include "agent/controller/object-writer.h"
#include "agent/controller/objects.h"
#include "agent/model/model.h"
#include "agent/write-gate.h"
#include "lib/resource.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "random.h"
#include "timeval.h"
#include "util.h"

#define MAX_DELAY_MS 1000

struct vpc_status {
    /* VPCs to be looked at, by name, as they may go: when, "long long int",
     * time_msec(). */
    struct shash pending;
};

struct vpc_status *
vpc_status_create(void)
{
    struct vpc_status *vs = xmalloc(sizeof *vs);

    shash_init(&vs->pending);
    return vs;
}

void
vpc_status_destroy(struct vpc_status *vs)
{
    if (vs) {
        shash_destroy_free_data(&vs->pending);
        free(vs);
    }
}

/* Whether 'vpc' is used here, and has a VNI of which its status says
 * nothing. */
static bool
is_to_be_said(const struct m_vpc *vpc)
{
    const struct vpc *def = vpc->up.object ? vpc->up.object->vpc : NULL;

    return (def && m_vpc_is_active(vpc) && vpc->vni
            && vpc->vni == def->vni && def->status_vni != def->vni);
}

static void
note_changes(struct agent *agent)
{
    struct object_writer *writer = controller_get_writer(agent->controller);
    struct shash *pending = &agent->vpc_status->pending;
    const struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->changed_vpcs) {
        const struct m_vpc *vpc = node->data;

        if (!is_to_be_said(vpc)) {
            object_writer_clear(writer, RES_VPC, vpc->up.name);
        } else if (!shash_find(pending, vpc->up.name)) {
            long long int *when = xmalloc(sizeof *when);

            *when = time_msec() + random_range(MAX_DELAY_MS);
            shash_add(pending, vpc->up.name, when);
        }
    }
}

static void
publish(struct agent *agent, const char *name)
{
    const struct entity *entity = entity_find(agent->model, MODEL_VPC, name);
    const struct m_vpc *vpc = entity ? M_CAST(m_vpc, entity) : NULL;

    if (vpc && is_to_be_said(vpc)) {
        struct json *status = json_object_create();

        json_object_put(status, "vni", json_integer_create(vpc->vni));
        object_writer_set_status(controller_get_writer(agent->controller),
                                 RES_VPC, name, status);
    }
}

void
vpc_status_run(struct agent *agent)
{
    struct shash *pending = &agent->vpc_status->pending;
    struct shash_node *node;

    note_changes(agent);
    if (!write_gate_is_open(agent->gate, WRITE_OBJECTS)) {
        return;
    }
    SHASH_FOR_EACH_SAFE (node, pending) {
        const long long int *when = node->data;

        if (time_msec() >= *when) {
            publish(agent, node->name);
            free(node->data);
            shash_delete(pending, node);
        }
    }
}

void
vpc_status_wait(const struct agent *agent)
{
    const struct shash_node *node;

    if (write_gate_is_open(agent->gate, WRITE_OBJECTS)) {
        SHASH_FOR_EACH (node, &agent->vpc_status->pending) {
            const long long int *when = node->data;

            poll_timer_wait_until(*when);
        }
    }
}
