/* Scenarios that negotiate: with one remote, with one that changes, and with
 * a fleet, for which plans are made.
 *
 * All three come down to a "setting" for one remote.  Its parts stay JSON, as
 * a real peer or operator gives them, until the negotiation reads them. */

#include <config.h>

#include "lib/scenario-negotiate.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/negotiation.h"
#include "lib/planner.h"
#include "lib/scenario-input.h"
#include "openvswitch/json.h"
#include "util.h"

/* All that decides what is sent to one remote.  Somebody else owns it. */
struct setting {
    const struct json *sender;
    const struct json *advertisement;
    const struct json *last_good;
    const struct json *static_;
    const struct json *transit;
    const struct json *delivery;
    const struct json *underlay;
};

static void
override(const struct json **value, const struct json *object,
         const char *name)
{
    const struct json *json = scenario_input_member(object, name);

    if (json) {
        *value = json;
    }
}

/* Lets the members of 'object' replace those of 'setting'. */
static void
setting_update(struct setting *setting, const struct json *object)
{
    override(&setting->sender, object, "sender");
    override(&setting->advertisement, object, "advertisement");
    override(&setting->last_good, object, "lastGood");
    override(&setting->static_, object, "static");
    override(&setting->transit, object, "transit");
    override(&setting->delivery, object, "delivery");
    override(&setting->underlay, object, "underlay");
}

static struct neg_limits
limits_from_json(const struct json *object)
{
    return (struct neg_limits) {
        .max_options = scenario_input_limit(object, "maxOptions"),
        .max_option_bytes = scenario_input_limit(object, "maxOptionBytes"),
    };
}

static char *
sender_option_from_json(const struct json *json, struct sender_option *option)
{
    const char *class_s = json_util_string(json, "class", NULL);
    const char *type_s = json_util_string(json, "type", NULL);
    int64_t length, priority = NEG_DEFAULT_PRIORITY;
    unsigned long class, type;

    if (!class_s || !opt_class_from_string(class_s, &class)
        || class > UINT16_MAX) {
        return xstrdup("class: must be \"0x0\" to \"0xffff\"");
    } else if (!type_s || !opt_type_from_string(type_s, &type)
               || type > UINT8_MAX) {
        return xstrdup("type: must be \"0x0\" to \"0xff\"");
    } else if (!json_util_integer(json, "length", &length)) {
        return xstrdup("length: must be an integer");
    } else if (json_util_get(json, "priority")
               && !json_util_integer(json, "priority", &priority)) {
        return xstrdup("priority: must be an integer");
    }
    *option = (struct sender_option) {
        .key = { .class = class, .type = type },
        .length = length < 0 || length > UINT_MAX ? UINT_MAX : length,
        .required = json_util_boolean(json, "required", false),
        .priority = MIN(MAX(priority, INT_MIN), INT_MAX),
    };
    return NULL;
}

/* Reads a sender table.  Returns NULL, or a message for the caller to free.
 * The caller must free 'table->options' in any case. */
static char *
sender_from_json(const struct json *json, struct sender_table *table)
{
    const struct json *options;

    *table = (struct sender_table) { .limits = NEG_LIMITS_NONE };
    if (!scenario_input_is_present(json) || json->type != JSON_OBJECT) {
        return xstrdup("sender: must be an object");
    }
    options = json_util_get(json, "options");
    if (!options || options->type != JSON_ARRAY) {
        return xstrdup("sender.options: must be an array");
    }
    table->limits = limits_from_json(json);
    table->options = xmalloc(options->array.n * sizeof *table->options);
    for (size_t i = 0; i < options->array.n; i++) {
        char *error = sender_option_from_json(options->array.elems[i],
                                              &table->options[i]);
        if (error) {
            char *message = xasprintf("sender.options[%"PRIuSIZE"].%s", i,
                                      error);
            free(error);
            return message;
        }
        table->n_options++;
    }
    return NULL;
}

/* Negotiating. */

static struct json *
key_to_json(struct opt_key key)
{
    return json_string_create_nocopy(opt_key_to_string(key));
}

static struct json *
keys_to_json(const struct opt_key *keys, size_t n)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        json_array_add(array, key_to_json(keys[i]));
    }
    return array;
}

static struct json *
omitted_to_json(const struct negotiation *n)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < n->n_omitted; i++) {
        const char *reason = neg_reason_to_string(n->omitted[i].reason);

        json_array_add(array,
                       json_array_create_2(key_to_json(n->omitted[i].key),
                                           json_string_create(reason)));
    }
    return array;
}

static struct json *
strings_to_json(const struct svec *strings)
{
    struct json *array = json_array_create_empty();
    const char *s;
    size_t i;

    SVEC_FOR_EACH (i, s, strings) {
        json_array_add(array, json_string_create(s));
    }
    return array;
}

static struct json *
negotiation_to_json(const struct negotiation *n, const struct svec *alarms)
{
    struct json *json = json_object_create();
    struct json *options = json_array_create_empty();

    for (size_t i = 0; i < n->n_options; i++) {
        json_array_add(options, key_to_json(n->options[i].key));
    }
    json_object_put_string(json, "status", neg_status_to_string(n->status));
    json_object_put_string(json, "source",
                           neg_source_to_string(n->source, n->restricted));
    json_object_put(json, "options", options);
    json_object_put(json, "omitted", omitted_to_json(n));
    json_object_put(json, "missingRequired",
                    keys_to_json(n->missing_required, n->n_missing_required));
    json_object_put(json, "headerBytes",
                    json_integer_create(n->header_bytes));
    json_object_put(json, "cBit", json_boolean_create(n->c_bit));
    json_object_put(json, "alarms", strings_to_json(alarms));
    return json;
}

/* Adds "mtu".  Returns NULL, or a message for the caller to free. */
static char *
put_mtu(struct json *result, const struct json *underlay,
        const struct negotiation *n)
{
    const char *family;
    int64_t mtu;

    if (!scenario_input_is_present(underlay) || n->status == NEG_BLOCKED) {
        return NULL;
    } else if (!json_util_integer(underlay, "mtu", &mtu)
               || mtu < 0 || mtu > INT_MAX) {
        return xstrdup("underlay.mtu: must be an integer >= 0");
    }
    family = json_util_string(underlay, "family", "ipv4");
    if (strcmp(family, "ipv4") && strcmp(family, "ipv6")) {
        return xstrdup("underlay.family: must be \"ipv4\" or \"ipv6\"");
    }
    mtu = negotiation_inner_mtu(mtu, !strcmp(family, "ipv6"), n->header_bytes);
    json_object_put(result, "mtu", json_integer_create(mtu));
    return NULL;
}

static char *
delivery_from_json(const struct json *json, bool *multicast)
{
    *multicast = false;
    if (!scenario_input_is_present(json)) {
        return NULL;
    } else if (json->type != JSON_STRING
               || (strcmp(json->string, "unicast")
                   && strcmp(json->string, "multicast"))) {
        return xstrdup("delivery: must be \"unicast\" or \"multicast\"");
    }
    *multicast = !strcmp(json->string, "multicast");
    return NULL;
}

/* Negotiates with one remote.  Returns the full result and initializes '*n',
 * which the caller must destroy; or NULL, with a message in '*error'. */
static struct json *
negotiate(const struct setting *setting, struct negotiation *n, char **error)
{
    struct sender_table sender;
    struct neg_receive receive;
    struct json *result = NULL;
    bool multicast;

    *error = sender_from_json(setting->sender, &sender);
    if (!*error) {
        *error = delivery_from_json(setting->delivery, &multicast);
    }
    if (*error) {
        free(sender.options);
        return NULL;
    }

    neg_receive_init(&receive, multicast, setting->advertisement,
                     setting->last_good, setting->static_);
    negotiation_select(&sender, &receive, limits_from_json(setting->transit),
                       n);
    result = negotiation_to_json(n, &receive.alarms);
    *error = put_mtu(result, setting->underlay, n);
    if (*error) {
        json_destroy(result);
        negotiation_destroy(n);
        result = NULL;
    }
    neg_receive_destroy(&receive);
    free(sender.options);
    return result;
}

struct json *
scenario_negotiate(const struct json *scenario, char **error)
{
    struct setting setting = { .sender = NULL };
    struct negotiation n;
    struct json *result;

    setting_update(&setting, scenario);
    result = negotiate(&setting, &n, error);
    if (result) {
        negotiation_destroy(&n);
    }
    return result;
}

/* Sequences. */

/* Applies an event.  First the peer is forgotten, if the event says so, so
 * that an advertisement in the same event is its first one. */
static void
apply_event(struct setting *setting, const struct json *event)
{
    const struct json *advertisement
        = scenario_input_member(event, "advertisement");
    const struct json *current = setting->advertisement;
    const struct json *last_good = setting->last_good;

    if (json_util_boolean(event, "holdExpired", false)) {
        current = last_good = NULL;
    }
    if (advertisement && !scenario_input_is_present(advertisement)) {
        last_good = NULL;
    } else if (advertisement && neg_receive_is_good(current)) {
        last_good = current;
    }
    setting->advertisement = current;
    setting->last_good = last_good;
    setting_update(setting, event);
}

struct json *
scenario_negotiate_sequence(const struct json *scenario, char **error)
{
    const struct json *events = json_util_get(scenario, "events");
    struct json *steps = json_array_create_empty();
    struct setting setting = { .sender = NULL };

    if (!events || events->type != JSON_ARRAY) {
        *error = xstrdup("events: must be an array");
        json_destroy(steps);
        return NULL;
    }
    setting_update(&setting, scenario);
    for (size_t i = 0; i < events->array.n; i++) {
        struct negotiation n;
        struct json *step;

        apply_event(&setting, events->array.elems[i]);
        step = negotiate(&setting, &n, error);
        if (!step) {
            char *message = xasprintf("events[%"PRIuSIZE"]: %s", i, *error);

            free(*error);
            *error = message;
            json_destroy(steps);
            return NULL;
        }
        negotiation_destroy(&n);
        json_array_add(steps, step);
    }

    struct json *result = json_object_create();
    json_object_put(result, "steps", steps);
    return result;
}

/* Fleets. */

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
    char *error = sender_from_json(json, &sender);

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
fleet_add_remote(struct fleet *fleet, const struct setting *common,
                 const struct json *json)
{
    const char *name = json_util_string(json, "name", NULL);
    struct order_constraint *constraint
        = &fleet->constraints[fleet->n_remotes];
    struct setting setting = *common;
    struct negotiation n;
    struct json *result;
    char *error;

    if (!name) {
        return xstrdup("name: must be a string");
    }
    setting_update(&setting, json);
    result = negotiate(&setting, &n, &error);
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
    json_object_put(json, "order", keys_to_json(plan->order, plan->n_order));
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
scenario_negotiate_fleet(const struct json *scenario, char **error)
{
    const struct json *remotes = json_util_get(scenario, "remotes");
    struct setting common = { .sender = NULL };
    struct json *result = NULL;
    struct fleet fleet;

    if (!remotes || remotes->type != JSON_ARRAY) {
        *error = xstrdup("remotes: must be an array");
        return NULL;
    }
    setting_update(&common, scenario);
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
