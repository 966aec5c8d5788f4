/* Scenarios of one remote: negotiating with it once, and with one that
 * changes. */

#include <config.h>

#include "lib/scenario-negotiate.h"

#include "lib/json-util.h"
#include "lib/negotiation.h"
#include "lib/scenario-input.h"
#include "lib/scenario-setting.h"
#include "openvswitch/json.h"
#include "util.h"

struct json *
scenario_negotiate(const struct json *scenario, char **error)
{
    struct scenario_setting setting = { .sender = NULL };
    struct negotiation n;
    struct json *result;

    scenario_setting_update(&setting, scenario);
    result = scenario_setting_negotiate(&setting, &n, error);
    if (result) {
        negotiation_destroy(&n);
    }
    return result;
}

/* Sequences. */

/* Applies an event.  First the peer is forgotten, if the event says so, so
 * that an advertisement in the same event is its first one. */
static void
apply_event(struct scenario_setting *setting, const struct json *event)
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
    scenario_setting_update(setting, event);
}

struct json *
scenario_negotiate_sequence(const struct json *scenario, char **error)
{
    const struct json *events = json_util_get(scenario, "events");
    struct json *steps = json_array_create_empty();
    struct scenario_setting setting = { .sender = NULL };

    if (!events || events->type != JSON_ARRAY) {
        *error = xstrdup("events: must be an array");
        json_destroy(steps);
        return NULL;
    }
    scenario_setting_update(&setting, scenario);
    for (size_t i = 0; i < events->array.n; i++) {
        struct negotiation n;
        struct json *step;

        apply_event(&setting, events->array.elems[i]);
        step = scenario_setting_negotiate(&setting, &n, error);
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
