/* Scenarios of a fleet: negotiating with each remote, and making plans for
 * all. */

#include <config.h>

#include "lib/scenario-fleet.h"

#include <stdlib.h>

#include "lib/json-util.h"
#include "lib/negotiation.h"
#include "lib/option-json.h"
#include "lib/planner.h"
#include "lib/scenario-setting.h"
#include "openvswitch/json.h"
#include "util.h"

struct fleet {
    struct json *results;           /* By name. */
    struct plan_remote *remotes;
    struct order_constraint *constraints;  /* One for each remote. */
    size_t n_remotes;
    struct opt_key *options;        /* Of all senders. */
    size_t n_options;
};

/* Adds what the sender could put into packets. */
static void
fleet_add_sender(struct fleet *fleet, const struct json *json)
{
    struct sender_table sender;
    char *error = scenario_setting_read_sender(json, &sender);

    fleet->options = xrealloc(fleet->options,
                              (fleet->n_options + sender.n_options)
                              * sizeof *fleet->options);
    for (size_t i = 0; i < sender.n_options; i++) {
        const struct sender_option *option = &sender.options[i];

        if (option->length <= GENEVE_OPT_MAX_DATA && option->length % 4 == 0) {
            fleet->options[fleet->n_options++] = option->key;
        }
    }
    free(sender.options);
    free(error);
}

/* Negotiates with one remote of a fleet; what it does not say itself is as
 * the scenario says.  Returns NULL, or a message for the caller to free. */
static char *
fleet_add_remote(struct fleet *fleet, const struct scenario_setting *common,
                 const struct json *json)
{
    const char *name = json_util_string(json, "name", NULL);
    struct order_constraint *constraint
        = &fleet->constraints[fleet->n_remotes];
    struct scenario_setting setting = *common;
    struct negotiation n;
    struct json *result;
    char *error;

    if (!name) {
        return xstrdup("name: must be a string");
    }
    scenario_setting_update(&setting, json);
    result = scenario_setting_negotiate(&setting, &n, &error);
    if (!result) {
        return error;
    }
    if (setting.sender != common->sender) {
        fleet_add_sender(fleet, setting.sender);
    }
    order_constraint_from_negotiation(constraint, &n);
    negotiation_destroy(&n);
    fleet->remotes[fleet->n_remotes++] = (struct plan_remote) {
        .name = name, .constraints = constraint, .n_constraints = 1,
    };
    json_object_put(fleet->results, name, result);
    return NULL;
}

static void
fleet_init(struct fleet *fleet, size_t n)
{
    *fleet = (struct fleet) {
        .results = json_object_create(),
        .remotes = xcalloc(n, sizeof *fleet->remotes),
        .constraints = xcalloc(n, sizeof *fleet->constraints),
    };
}

static void
fleet_destroy(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->n_remotes; i++) {
        order_constraint_destroy(&fleet->constraints[i]);
    }
    json_destroy(fleet->results);
    free(fleet->remotes);
    free(fleet->constraints);
    free(fleet->options);
}

static struct json *
plan_to_json(const struct plan *plan, const struct fleet *fleet)
{
    struct json *json = json_object_create();
    struct json *remotes = json_array_create_empty();

    for (size_t i = 0; i < plan->n_remotes; i++) {
        const char *name = fleet->remotes[plan->remotes[i]].name;

        json_array_add(remotes, json_string_create(name));
    }
    json_object_put(json, "order",
                    option_json_from_keys(plan->order, plan->n_order));
    json_object_put(json, "remotes", remotes);
    return json;
}

static struct json *
fleet_to_json(struct fleet *fleet)
{
    struct json *json = json_object_create();
    struct json *assignments = json_array_create_empty();
    struct plan_set set;

    planner_solve(fleet->options, fleet->n_options, fleet->remotes,
                  fleet->n_remotes, &set);
    for (size_t i = 0; i < set.n_plans; i++) {
        json_array_add(assignments, plan_to_json(&set.plans[i], fleet));
    }
    json_object_put(json, "remotes", json_clone(fleet->results));
    json_object_put(json, "plans", json_integer_create(set.n_plans));
    json_object_put(json, "assignments", assignments);
    plan_set_destroy(&set);
    return json;
}

struct json *
scenario_fleet(const struct json *scenario, char **error)
{
    const struct json *remotes = json_util_get(scenario, "remotes");
    struct scenario_setting common = { .sender = NULL };
    struct json *result = NULL;
    struct fleet fleet;

    if (!remotes || remotes->type != JSON_ARRAY) {
        *error = xstrdup("remotes: must be an array");
        return NULL;
    }
    scenario_setting_update(&common, scenario);
    fleet_init(&fleet, remotes->array.n);
    fleet_add_sender(&fleet, common.sender);
    *error = NULL;
    for (size_t i = 0; i < remotes->array.n && !*error; i++) {
        char *fault = fleet_add_remote(&fleet, &common,
                                       remotes->array.elems[i]);
        if (fault) {
            *error = xasprintf("remotes[%"PRIuSIZE"]: %s", i, fault);
            free(fault);
        }
    }
    if (!*error) {
        result = fleet_to_json(&fleet);
    }
    fleet_destroy(&fleet);
    return result;
}
