/* The base plan, then the further ones. */

#include <config.h>

#include "agent/show/show-plan.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/model-nve.h"
#include "agent/node/local.h"
#include "agent/plans/plans.h"
#include "agent/plans/send-plan.h"
#include "agent/remotes/remotes.h"
#include "agent/show/show-option.h"
#include "agent/show/show-reply.h"
#include "lib/option-json.h"
#include "lib/tlv-plan.h"
#include "openvswitch/json.h"
#include "util.h"

static struct json *
show_plan_order(const struct agent *agent, const struct tlv_plan *plan)
{
    struct json *order = json_array_create_empty();

    for (size_t i = 0; i < INDEX_MAP_SLOTS; i++) {
        const struct index_slot *slot = &plan->map.slots[i];

        if (slot->used) {
            const struct m_option *option = show_option_find(agent, slot->key);
            struct json *entry = json_object_create();

            json_object_put(entry, "option", option_json_from_key(slot->key));
            json_object_put(entry, "name", option_json_string(
                                option ? option->up.name : NULL));
            json_object_put(entry, "index", json_integer_create(i));
            json_object_put(entry, "length",
                            json_integer_create(slot->length));
            json_array_add(order, entry);
        }
    }
    return order;
}

/* The name of a remote that 'sp' serves. */
static struct json *
show_plan_remote(const struct entity *entity, void *sp)
{
    const struct m_nve *nve = M_CAST(m_nve, entity);

    return (m_nve_is_remote(nve) && nve->plan == sp
            ? json_string_create(entity->name) : NULL);
}

/* 'sp' is NULL for the base plan. */
static struct json *
show_plan(const struct agent *agent, const struct send_plan *sp)
{
    static const char *const phases[] = {
        [PLAN_BUILDING] = "building", [PLAN_READY] = "ready",
        [PLAN_ENDING] = "ending", [PLAN_LEFTOVER] = "leftover",
    };
    const struct tlv_plan *plan = sp ? &sp->order : agent->base_plan;
    struct json *json = json_object_create();

    json_object_put(json, "plan", json_integer_create(sp ? sp->k : 0));
    json_object_put(json, "bridge", sp
                    ? json_string_create_nocopy(xasprintf("br-tx%u", sp->k))
                    : json_string_create(
                        local_get_settings(agent->local)->bridge));
    json_object_put_string(json, "state", sp ? phases[sp->phase] : "ready");
    json_object_put(json, "order", show_plan_order(agent, plan));
    json_object_put(json, "remotes",
                    show_reply_all(agent->model, MODEL_NVE, show_plan_remote,
                                   CONST_CAST(struct send_plan *, sp)));
    json_object_put_string(json, "reason", !sp
                           ? "the base plan always exists"
                           : sp->why ? sp->why
                           : "left by an earlier run of the agent");
    return json;
}

void
show_plan_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[] OVS_UNUSED, void *agent_)
{
    struct agent *agent = agent_;
    struct json *list = json_array_create_empty();
    const struct send_plan *sp;

    json_array_add(list, show_plan(agent, NULL));
    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        json_array_add(list, show_plan(agent, sp));
    }
    show_reply_json(conn, list);
}
