/* Reports about withdrawals, for senders (in the status of our NVE) and for
 * people. */

#include <config.h>

#include "agent/agent.h"
#include "agent/model/model.h"
#include "agent/receive/retained-private.h"
#include "lib/option-json.h"
#include "lib/rfc3339.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

#define ANY_ID (-1)

/* The options of the items with that kind and id.  ANY_ID stands for all
 * ids. */
static struct json *
list_options(const struct withdrawal *w, enum withdrawal_kind kind,
             long long int id)
{
    struct json *list = json_array_create_empty();
    const struct withdrawal_item *item;

    LIST_FOR_EACH (item, node, &w->items) {
        if (item->kind == kind && (id == ANY_ID || item->id == id)) {
            json_array_add(list, option_json_from_key(item->key));
        }
    }
    return list;
}

static struct json *
show_time(long long int ms)
{
    return json_string_create_nocopy(rfc3339_from_msec(ms));
}

struct json *
retained_to_json(const struct agent *agent)
{
    const struct retained *rt = agent->retained;
    struct json *json;

    if (!withdrawal_is_active(&rt->state)) {
        return json_null_create();
    }
    json = json_object_create();
    json_object_put(json, "id", json_integer_create(rt->state.id));
    json_object_put(json, "options",
                    list_options(&rt->state, WITHDRAW_OPTION, ANY_ID));
    json_object_put(json, "required",
                    list_options(&rt->state, WITHDRAW_LENIENCY, ANY_ID));
    json_object_put(json, "until", show_time(rt->until));
    return json;
}

static struct json *
show_waiting_for(const struct withdrawal *w,
                 const struct withdrawal_item *item)
{
    struct json *list = json_array_create_empty();
    struct svec names = SVEC_EMPTY_INITIALIZER;
    const struct withdrawal_peer *peer;

    HMAP_FOR_EACH (peer, node, &w->peers) {
        if (withdrawal_item_misses(item, peer)) {
            svec_add(&names, peer->name);
        }
    }
    svec_sort(&names);
    for (size_t i = 0; i < names.n; i++) {
        json_array_add(list, json_string_create(names.names[i]));
    }
    svec_destroy(&names);
    return list;
}

static struct json *
show_withdrawal(const struct retained *rt,
                const struct withdrawal_item *item)
{
    const struct withdrawal *w = &rt->state;
    struct json *json = json_object_create();

    json_object_put(json, "options",
                    list_options(w, WITHDRAW_OPTION, item->id));
    json_object_put(json, "required",
                    list_options(w, WITHDRAW_LENIENCY, item->id));
    json_object_put(json, "since", show_time(item->since));
    json_object_put(json, "until",
                    item->state == WITHDRAWAL_ANNOUNCING ? json_null_create()
                    : show_time(time_wall_msec() - time_msec()
                                + item->published + rt->grace));
    json_object_put(json, "waitingFor", show_waiting_for(w, item));
    return json;
}

struct json *
retained_show(const struct agent *agent)
{
    const struct retained *rt = agent->retained;
    struct json *list = json_array_create_empty();
    const struct withdrawal_item *item;
    long long int last = -1;

    /* Items of the same advertisement are neighbours in the list. */
    LIST_FOR_EACH (item, node, &rt->state.items) {
        if (item->id != last) {
            json_array_add(list, show_withdrawal(rt, item));
            last = item->id;
        }
    }
    return list;
}

bool
retained_is_applied(const struct agent *agent, const struct m_nve *nve)
{
    return !withdrawal_is_missing(&agent->retained->state, nve->up.name);
}
