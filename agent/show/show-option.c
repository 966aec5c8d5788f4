/* An option is shown if it is defined, whether or not it is in use. */

#include <config.h>

#include "agent/show/show-option.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/model/entity.h"
#include "agent/receive/receive.h"
#include "agent/show/show-reply.h"
#include "lib/option-json.h"
#include "lib/tlv-plan.h"
#include "openvswitch/json.h"
#include "util.h"

static bool
requires_option(const struct m_profile *profile, const struct m_option *option)
{
    for (size_t i = 0; i < profile->n_options; i++) {
        if (profile->options[i].sender.required
            && !strcmp(profile->options[i].name, option->up.name)) {
            return true;
        }
    }
    return false;
}

static struct json *
show_option_profiles(const struct m_option *option)
{
    struct json *list = json_array_create_empty();
    struct shash names = SHASH_INITIALIZER(&names);
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &option->profiles) {
        const struct m_profile *profile = node->data;
        shash_add(&names, profile->up.name, profile);
    }
    const struct shash_node **nodes = shash_sort(&names);
    for (size_t i = 0; i < shash_count(&names); i++) {
        const struct m_profile *profile = nodes[i]->data;
        struct json *json = json_object_create();

        json_object_put_string(json, "name", profile->up.name);
        json_object_put(json, "required", json_boolean_create(
                            requires_option(profile, option)));
        json_array_add(list, json);
    }
    free(nodes);
    shash_destroy(&names);
    return list;
}

static struct json *
show_option(const struct agent *agent, const struct m_option *option)
{
    const struct recv_table *table = receive_get_table(agent->receive);
    const struct geneve_option *def = option->up.object->option;
    struct json *json = json_object_create();
    int index = tlv_plan_get_index(agent->base_plan, def->key, def->length);

    json_object_put_string(json, "name", option->up.name);
    json_object_put(json, "option", option_json_from_key(def->key));
    json_object_put(json, "length", json_integer_create(def->length));
    json_object_put(json, "critical",
                    json_boolean_create(opt_key_is_critical(def->key)));
    json_object_put(json, "value", json_string_create_nocopy(
                        value_source_to_string(&def->value)));
    json_object_put(json, "index", index < 0 ? json_null_create()
                    : json_integer_create(index));
    json_object_put(json, "profiles", show_option_profiles(option));
    json_object_put(json, "advertised", json_boolean_create(
                        index >= 0 && recv_table_find(table, def->key)));
    return json;
}

static struct json *
show_option_row(const struct entity *entity, void *agent)
{
    const struct m_option *option = M_CAST(m_option, entity);

    return entity->object ? show_option(agent, option) : NULL;
}

void
show_option_list(struct unixctl_conn *conn, int argc OVS_UNUSED,
                 const char *argv[] OVS_UNUSED, void *agent_)
{
    const struct agent *agent = agent_;

    show_reply_json(conn, show_reply_all(agent->model, MODEL_OPTION,
                                         show_option_row, agent_));
}

const struct m_option *
show_option_find(const struct agent *agent, struct opt_key key)
{
    struct entity *entity;

    HMAP_FOR_EACH (entity, node, &agent->model->entities[MODEL_OPTION]) {
        if (entity->object && !entity->problem
            && opt_key_equals(entity->object->option->key, key)) {
            return M_CAST(m_option, entity);
        }
    }
    return NULL;
}
