/* The base plan, then the further ones. */

#include <config.h>

#include "agent/show/show-plan.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/entity-order.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
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

/* 'sp' is NULL for the base plan.  Takes 'remotes'. */
static struct json *
show_plan(const struct agent *agent, const struct send_plan *sp,
          struct json *remotes)
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
    json_object_put(json, "remotes", remotes);
    json_object_put_string(json, "reason", !sp
                           ? "the base plan always exists"
                           : sp->why ? sp->why
                           : "left by an earlier run of the agent");
    return json;
}

/* Adds the names of all remotes to the list of the plan that serves them:
 * 'lists[i]' is that of 'plans[i]'.  Looks at each remote once. */
static void
add_remotes(const struct model *model, const struct send_plan *const *plans,
            struct json *const *lists, size_t n)
{
    const struct hmap *all = &model->entities[MODEL_NVE];
    const struct m_nve **nves = xmalloc(hmap_count(all) * sizeof *nves);
    const struct entity *entity;
    size_t n_nves = 0;

    HMAP_FOR_EACH (entity, node, all) {
        const struct m_nve *nve = M_CAST(m_nve, entity);

        if (m_nve_is_remote(nve)) {
            nves[n_nves++] = nve;
        }
    }
    entity_order_sort(nves, n_nves);
    for (size_t i = 0; i < n_nves; i++) {
        for (size_t j = 0; j < n; j++) {
            if (nves[i]->plan == plans[j]) {
                json_array_add(lists[j],
                               json_string_create(nves[i]->up.name));
            }
        }
    }
    free(nves);
}

void
show_plan_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[] OVS_UNUSED, void *agent_)
{
    struct agent *agent = agent_;
    size_t n = 1 + ovs_list_size(&agent->plans->plans);
    const struct send_plan **plans = xcalloc(n, sizeof *plans);
    struct json **remotes = xmalloc(n * sizeof *remotes);
    struct json *list = json_array_create_empty();
    const struct send_plan *sp;
    size_t k = 1;

    LIST_FOR_EACH (sp, node, &agent->plans->plans) {
        plans[k++] = sp;
    }
    for (size_t i = 0; i < n; i++) {
        remotes[i] = json_array_create_empty();
    }
    add_remotes(agent->model, plans, remotes, n);
    for (size_t i = 0; i < n; i++) {
        json_array_add(list, show_plan(agent, plans[i], remotes[i]));
    }
    free(remotes);
    free(plans);
    show_reply_json(conn, list);
}
