/* The labels that nvad sets itself. */

#include <config.h>

#include "utilities/nvad/own-labels.h"

#include <stdlib.h>

#include "lib/field-error.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"

void
own_labels_drop(enum resource_kind kind, struct json *object)
{
    const struct json *labels = json_util_path(object, "metadata",
                                               "labels", NULL);

    if (labels && labels->type == JSON_OBJECT) {
        json_destroy(shash_find_and_delete(labels->object,
                                           RESOURCE_LABEL_VPC));
        if (kind != RES_ADVERTISEMENT_ACK) {
            json_destroy(shash_find_and_delete(labels->object,
                                               RESOURCE_LABEL_NVE));
        }
    }
}

void
own_labels_set(enum resource_kind kind, struct json *object)
{
    struct field_errors ignored = FIELD_ERRORS_INITIALIZER;
    const char *label = NULL;
    char *value = NULL;

    if (resource_kind_has_vpc(kind)) {
        label = RESOURCE_LABEL_VPC;
        value = nullable_xstrdup(
            json_util_string(json_util_get(object, "spec"), "vpc", NULL));
    } else if (kind == RES_ADVERTISEMENT_ACK) {
        struct advertisement_ack *ack;

        ack = advertisement_ack_from_json(object, &ignored);
        label = RESOURCE_LABEL_NVE;
        value = ack ? xstrdup(ack->receiver) : NULL;
        advertisement_ack_destroy(ack);
    }
    if (value) {
        struct json *metadata = shash_find_data(json_object(object),
                                                "metadata");
        struct json *labels = shash_find_data(json_object(metadata),
                                              "labels");

        if (!labels || labels->type != JSON_OBJECT) {
            labels = json_object_create();
            json_object_put(metadata, "labels", labels);
        }
        json_object_put_string(labels, label, value);
    }
    free(value);
    field_errors_destroy(&ignored);
}
