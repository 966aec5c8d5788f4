/* The setting of a scenario, and the negotiation that follows from it. */

#include <config.h>

#include "lib/scenario-setting.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/negotiation.h"
#include "lib/option-json.h"
#include "lib/scenario-input.h"
#include "openvswitch/json.h"
#include "util.h"

static void
override(const struct json **value, const struct json *object,
         const char *name)
{
    const struct json *json = scenario_input_member(object, name);

    if (json) {
        *value = json;
    }
}

void
scenario_setting_update(struct scenario_setting *setting,
                        const struct json *object)
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

char *
scenario_setting_read_sender(const struct json *json,
                             struct sender_table *table)
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

static struct json *
omitted_to_json(const struct negotiation *n)
{
    struct json *array = json_array_create_empty();

    for (size_t i = 0; i < n->n_omitted; i++) {
        const struct neg_omitted *o = &n->omitted[i];

        json_array_add(array, json_array_create_2(
            option_json_from_key(o->key),
            json_string_create(neg_reason_to_string(o->reason))));
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
        json_array_add(options, option_json_from_key(n->options[i].key));
    }
    json_object_put_string(json, "status", neg_status_to_string(n->status));
    json_object_put_string(json, "source",
                           neg_source_to_string(n->source, n->restricted));
    json_object_put(json, "options", options);
    json_object_put(json, "omitted", omitted_to_json(n));
    json_object_put(json, "missingRequired",
                    option_json_from_keys(n->missing_required,
                                          n->n_missing_required));
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

struct json *
scenario_setting_negotiate(const struct scenario_setting *setting,
                           struct negotiation *n, char **error)
{
    struct sender_table sender;
    struct neg_receive receive;
    struct json *result = NULL;
    bool multicast;

    *error = scenario_setting_read_sender(setting->sender, &sender);
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
