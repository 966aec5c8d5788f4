/* Scenarios of one received packet. */

#include <config.h>

#include "lib/scenario-receive.h"

#include <stdlib.h>

#include "lib/geneve.h"
#include "lib/json-util.h"
#include "lib/scenario-input.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "util.h"

static struct json *
accepted_to_json(const struct geneve_verdict *verdict)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < verdict->n_accepted; i++) {
        const struct geneve_opt *opt = verdict->accepted[i];
        struct ds ds = DS_EMPTY_INITIALIZER;

        ds_put_format(&ds, OPT_KEY_FMT"=", OPT_KEY_ARGS(opt->key));
        for (size_t j = 0; j < opt->length; j++) {
            ds_put_format(&ds, "%02x", opt->data[j]);
        }
        json_array_add(array, json_string_create_nocopy(ds_steal_cstr(&ds)));
    }
    return array;
}

static struct json *
verdict_to_json(const struct geneve_verdict *verdict)
{
    struct json *json = json_object_create();

    json_object_put_string(json, "action",
                           geneve_action_to_string(verdict->action));
    if (verdict->action == GENEVE_DROP) {
        json_object_put_string(json, "reason",
                               geneve_fault_to_string(verdict->fault));
    } else if (verdict->action == GENEVE_PUNT) {
        json_object_put_string(json, "reason", "control");
    } else {
        json_object_put(json, "options", accepted_to_json(verdict));
    }
    return json;
}

/* Reads "supported", a list of entries as a receive table has them. */
static char *
supported_from_json(const struct json *supported, struct recv_table *table)
{
    struct svec alarms = SVEC_EMPTY_INITIALIZER;
    struct json *json;
    bool good;

    *table = (struct recv_table) RECV_TABLE_INITIALIZER;
    if (!scenario_input_is_present(supported)) {
        return NULL;
    }
    json = json_object_create();
    json_object_put(json, "options", json_clone(supported));
    good = recv_table_from_json(json, table, &alarms);
    json_destroy(json);
    svec_destroy(&alarms);
    return good ? NULL : xstrdup("supported: must be an array of entries");
}

struct json *
scenario_receive(const struct json *scenario, char **error)
{
    const char *hex = json_util_string(scenario, "header", NULL);
    struct json *result = NULL;
    struct recv_table table;
    uint8_t *bytes;
    size_t n;

    if (!hex || !geneve_bytes_from_hex(hex, &bytes, &n)) {
        *error = xstrdup("header: must be a string of hex digits");
        return NULL;
    }
    *error = supported_from_json(scenario_input_member(scenario, "supported"),
                                 &table);
    if (!*error) {
        struct geneve_policy policy = {
            .supported = &table,
            .max_option_bytes = scenario_input_limit(scenario,
                                                     "maxOptionBytes"),
            .parses_options = json_util_boolean(scenario, "parsesOptions",
                                                true),
        };
        struct geneve_verdict verdict;
        struct geneve_header hdr;

        geneve_receive(bytes, n, &policy, &hdr, &verdict);
        result = verdict_to_json(&verdict);
    }
    recv_table_destroy(&table);
    free(bytes);
    return result;
}
