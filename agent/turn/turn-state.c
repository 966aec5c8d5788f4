/* What is saved for the next run of the agent beside the objects: what only
 * those know who were there. */

#include <config.h>

#include "agent/turn/turn.h"

#include "agent/agent.h"
#include "agent/controller/controller.h"
#include "agent/controller/objects.h"
#include "agent/model/model.h"
#include "agent/node/disks.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"

/* Saved with an NVE whose advertisement is malformed: its last good one, which
 * is known to those only who were there. */
static struct json *
add_last_good(const struct object *object, void *agent_)
{
    struct agent *agent = agent_;
    struct json *patch, *status, *last_good, *valid, *result;
    const struct entity *entity;
    const struct m_nve *nve;

    entity = (object->kind == RES_NVE
              ? entity_find(agent->model, MODEL_NVE, object->name) : NULL);
    nve = entity ? M_CAST(m_nve, entity) : NULL;
    if (!nve || !nve->last_good) {
        return NULL;
    }
    last_good = json_util_without(nve->last_good, "id", NULL);
    if (nve->last_good_id) {
        json_object_put(last_good, "id",
                        json_integer_create(nve->last_good_id));
    }
    status = json_object_create();
    json_object_put(status, "lastGood", last_good);
    patch = json_object_create();
    json_object_put(patch, "status", status);
    valid = object_valid_to_json(object);
    result = json_util_merge_patch(valid, patch);
    json_destroy(valid);
    json_destroy(patch);
    return result;
}

static struct json *
get_notes(void *agent_)
{
    struct agent *agent = agent_;

    return model_to_notes(agent->model);
}

void
turn_keep_state(struct agent *agent, const char *dir)
{
    disks_add(agent->disks, dir, "the last known state");
    controller_keep_state(agent->controller, dir, 0);
    controller_amend_state(agent->controller, add_last_good, get_notes,
                           agent);
}
