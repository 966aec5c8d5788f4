/* AdvertisementAck.
 *
 * Its name is SENDER.RECEIVER.  Names of NVEs may contain dots, so the name
 * alone does not always tell the two apart.  spec.receiver and spec.sender do,
 * or the label nvo3.io/nve; those that are given must agree with the name. */

#include <config.h>

#include "lib/resource-advertisement-ack.h"

#include <stdlib.h>
#include <string.h>

#include "lib/resource-name.h"
#include "openvswitch/json.h"
#include "util.h"

/* Returns 'name' without ".RECEIVER" at its end, for the caller to free; NULL
 * if it does not end in that. */
static char *
cut_receiver(const char *name, const char *receiver)
{
    size_t n = strlen(name);
    size_t m = strlen(receiver);

    if (n < m + 2 || name[n - m - 1] != '.' || strcmp(name + n - m,
                                                      receiver)) {
        return NULL;
    }
    return xmemdup0(name, n - m - 1);
}

/* Sets the sender and the receiver from whatever tells them. */
static void
split_name(const struct field_parent *spec, struct advertisement_ack *ack)
{
    const char *receiver = field_name(spec, "receiver", false);
    const char *sender = field_name(spec, "sender", false);
    const char *name = ack->meta.name;

    if (!receiver) {
        receiver = smap_get(ack->meta.labels, RESOURCE_LABEL_NVE);
    }
    if (!receiver && sender && !strncmp(name, sender, strlen(sender))
        && name[strlen(sender)] == '.') {
        receiver = name + strlen(sender) + 1;
    }
    if (!receiver && strchr(name, '.') == strrchr(name, '.')) {
        receiver = strchr(name, '.') ? strchr(name, '.') + 1 : NULL;
    }
    if (!receiver) {
        field_error(spec, FE_REQUIRED, "receiver", "is required: \"%s\" does "
                    "not say which part of it is the receiver", name);
        return;
    }

    ack->receiver = xstrdup(receiver);
    ack->sender = cut_receiver(name, receiver);
    if (!ack->sender || (sender && strcmp(sender, ack->sender))) {
        field_errors_add(spec->errors, FE_INVALID, "metadata.name",
                         "\"%s\" is not \"SENDER.%s\" with the sender of "
                         "this acknowledgement", name, receiver);
    }
}

static void
parse_spec(void *ack_, const struct field_parent *spec,
           struct svec *warnings OVS_UNUSED)
{
    struct advertisement_ack *ack = ack_;

    ack->applied = nullable_xstrdup(field_string(spec, "applied", true));
    if (ack->meta.name[0]) {
        split_name(spec, ack);
    }
}

static void
release(void *ack_)
{
    struct advertisement_ack *ack = ack_;

    free(ack->sender);
    free(ack->receiver);
    free(ack->applied);
}

struct advertisement_ack *
advertisement_ack_from_json(const struct json *json,
                            struct field_errors *errors)
{
    return resource_class_parse(&advertisement_ack_class, json, errors, NULL);
}

void
advertisement_ack_destroy(struct advertisement_ack *ack)
{
    resource_class_destroy(&advertisement_ack_class, ack);
}

const struct resource_class advertisement_ack_class = {
    .kind = "AdvertisementAck",
    .plural = "advertisementacks",
    .singular = "advertisementack",
    .short_name = "aack",
    .has_status = false,
    .size = sizeof(struct advertisement_ack),
    .parse_spec = parse_spec,
    .release = release,
};
