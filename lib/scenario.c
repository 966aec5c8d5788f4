/* Scenarios: worked cases of negotiation, planning and reception.
 *
 * What a real peer could send (advertisements, static tables, packets) is read
 * leniently: its faults are what scenarios are about.  Where only the
 * scenario's author can be wrong, it is read strictly, and the message names
 * the member.
 *
 * A result is first made in full and then reduced to the members that "expect"
 * has, so that a scenario may be about a part only. */

#include <config.h>

#include "lib/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/scenario-fleet.h"
#include "lib/scenario-input.h"
#include "lib/scenario-negotiate.h"
#include "lib/scenario-receive.h"
#include "openvswitch/json.h"
#include "util.h"

/* Returns 'result' with only those members that 'expect' has too. */
static struct json *
project(const struct json *result, const struct json *expect)
{
    struct json *json;

    if (result->type == JSON_OBJECT && expect->type == JSON_OBJECT) {
        struct shash_node *node;

        json = json_object_create();
        SHASH_FOR_EACH (node, expect->object) {
            const struct json *value = scenario_input_member(result,
                                                             node->name);

            if (value) {
                json_object_put(json, node->name, project(value, node->data));
            }
        }
    } else if (result->type == JSON_ARRAY && expect->type == JSON_ARRAY
               && result->array.n == expect->array.n) {
        json = json_array_create_empty();
        for (size_t i = 0; i < result->array.n; i++) {
            json_array_add(json, project(result->array.elems[i],
                                         expect->array.elems[i]));
        }
    } else {
        json = json_clone(result);
    }
    return json;
}

static struct json *
run_any(const struct json *scenario, char **error)
{
    static const struct {
        const char *kind;
        struct json *(*run)(const struct json *, char **error);
    } kinds[] = {
        { "negotiate", scenario_negotiate },
        { "fleet", scenario_fleet },
        { "sequence", scenario_negotiate_sequence },
        { "receive", scenario_receive },
    };
    const char *kind = json_util_string(scenario, "kind", "");

    *error = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(kind, kinds[i].kind)) {
            return kinds[i].run(scenario, error);
        }
    }
    *error = xstrdup("kind: must be \"negotiate\", \"fleet\", \"sequence\" or "
                     "\"receive\"");
    return NULL;
}

struct json *
scenario_run(const struct json *scenario, char **error)
{
    const struct json *expect = json_util_get(scenario, "expect");
    struct json *full = run_any(scenario, error);
    struct json *result = full;

    if (full && expect && expect->type == JSON_OBJECT) {
        struct json *assignments
            = CONST_CAST(struct json *,
                         scenario_input_member(full, "assignments"));

        result = project(full, expect);
        if (assignments && !scenario_input_member(result, "assignments")) {
            json_object_put(result, "assignments", json_clone(assignments));
        }
        json_destroy(full);
    }
    return result;
}

static char *
show(const struct json *json)
{
    return json ? json_to_string(json, JSSF_SORT) : xstrdup("nothing");
}

/* Describes the first difference, with the way to it in 'path'. */
static bool
compare(const struct json *result, const struct json *expect, const char *path,
        char **difference)
{
    if (result && result->type == JSON_OBJECT
        && expect->type == JSON_OBJECT) {
        const struct shash_node **nodes = shash_sort(expect->object);
        size_t n = shash_count(expect->object);
        bool same = true;

        for (size_t i = 0; same && i < n; i++) {
            const char *name = nodes[i]->name;
            char *sub = xasprintf("%s%s%s", path, *path ? "." : "", name);

            same = compare(scenario_input_member(result, name), nodes[i]->data,
                           sub, difference);
            free(sub);
        }
        free(nodes);
        return same;
    } else if (result && result->type == JSON_ARRAY
               && expect->type == JSON_ARRAY
               && result->array.n == expect->array.n) {
        for (size_t i = 0; i < expect->array.n; i++) {
            char *sub = xasprintf("%s[%"PRIuSIZE"]", path, i);
            bool same = compare(result->array.elems[i],
                                expect->array.elems[i], sub, difference);
            free(sub);
            if (!same) {
                return false;
            }
        }
        return true;
    } else if (result && json_equal(result, expect)) {
        return true;
    }

    char *is = show(result), *should = show(expect);
    *difference = xasprintf("%s: expected %s, got %s",
                            *path ? path : "result", should, is);
    free(is);
    free(should);
    return false;
}

bool
scenario_check(const struct json *scenario, const struct json *result,
               char **difference)
{
    const struct json *expect = json_util_get(scenario, "expect");

    *difference = NULL;
    return !expect || compare(result, expect, "", difference);
}
