/* A short list of senders of bad packets, which lasts as long as the alarm. */

#include <config.h>

#include "agent/poison/poison-senders.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/alarms.h"
#include "agent/model/model-nve.h"
#include "agent/poison/dp-drops.h"
#include "agent/poison/poison-policy.h"
#include "lib/option-json.h"
#include "lib/rfc3339.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "packets.h"
#include "timeval.h"
#include "util.h"

/* A sender of bad packets on so many occasions will not stop by itself. */
#define MANY_PURGES 3

void
poison_senders_destroy(struct poison_senders *ps)
{
    for (size_t i = 0; i < ps->n; i++) {
        free(ps->senders[i].nve);
    }
}

void
poison_senders_add(struct poison_senders *ps, const struct model *model,
                   const struct dp_drop *drop, long long int seen_at)
{
    const struct m_nve *nve = m_nve_find_by_ip(model, &drop->src);
    struct poison_sender sender = { .ip = drop->src };
    size_t i;

    for (i = 0; i < ps->n; i++) {
        if (ipv6_addr_equals(&ps->senders[i].ip, &drop->src)) {
            break;
        }
    }
    if (i < ps->n) {
        sender = ps->senders[i];
    } else if (i < POISON_SENDERS_MAX) {
        ps->n++;
    } else {
        i--;
        free(ps->senders[i].nve);
    }
    memmove(&ps->senders[1], &ps->senders[0], i * sizeof ps->senders[0]);

    free(sender.nve);
    sender.nve = nve ? xstrdup(nve->up.name) : NULL;
    sender.vni = drop->vni;
    sender.seen_at = seen_at;
    sender.wall = time_wall_msec();
    sender.n_purges++;
    ps->senders[0] = sender;
}

void
poison_senders_expire(struct poison_senders *ps, long long int now)
{
    while (ps->n && now - ps->senders[ps->n - 1].seen_at >= POISON_QUIET_MS) {
        free(ps->senders[--ps->n].nve);
    }
}

static void
raise_sender(const struct poison_sender *sender, struct alarms *alarms,
             const char *group)
{
    struct ds address = DS_EMPTY_INITIALIZER;
    char *object;

    ipv6_format_mapped(&sender->ip, &address);
    object = (sender->nve ? xasprintf("nve %s", sender->nve)
              : xasprintf("underlay address %s", ds_cstr(&address)));
    alarms_raise(alarms, group, object, "poisoning",
                 "packets from %s with VNI %"PRIu32" have an unknown critical "
                 "option or one of a wrong length, and made Open vSwitch drop "
                 "good packets, too; %s", ds_cstr(&address), sender->vni,
                 sender->n_purges < MANY_PURGES ? "this was healed"
                 : "they come again and again, and healing is limited: filter "
                 "the packets of this source, or repair it");
    free(object);
    ds_destroy(&address);
}

void
poison_senders_raise(const struct poison_senders *ps, struct alarms *alarms,
                     const char *group)
{
    for (size_t i = 0; i < ps->n; i++) {
        raise_sender(&ps->senders[i], alarms, group);
    }
}

static struct json *
sender_to_json(const struct poison_sender *sender)
{
    struct json *json = json_object_create();
    struct ds address = DS_EMPTY_INITIALIZER;

    ipv6_format_mapped(&sender->ip, &address);
    json_object_put_string(json, "address", ds_cstr(&address));
    json_object_put(json, "nve", option_json_string(sender->nve));
    json_object_put(json, "vni", json_integer_create(sender->vni));
    json_object_put(json, "lastSeen", json_string_create_nocopy(
                        rfc3339_from_msec(sender->wall)));
    json_object_put(json, "purges", json_integer_create(sender->n_purges));
    ds_destroy(&address);
    return json;
}

struct json *
poison_senders_to_json(const struct poison_senders *ps)
{
    struct json *json = json_array_create_empty();

    for (size_t i = 0; i < ps->n; i++) {
        json_array_add(json, sender_to_json(&ps->senders[i]));
    }
    return json;
}
