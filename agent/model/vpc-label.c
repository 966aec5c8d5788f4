/* Labels of VPCs: see vpc-label.h. */

#include <config.h>

#include "agent/model/vpc-label.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alarms.h"
#include "agent/controller/objects.h"
#include "smap.h"
#include "util.h"

/* The VPC that 'parsed', an object of 'kind', says it is of, or NULL if it is
 * of none. */
static const char *
get_vpc(enum resource_kind kind, const void *parsed)
{
    switch ((int) kind) {
    case RES_ENDPOINT:
        return ((const struct endpoint *) parsed)->vpc;
    case RES_VPC_POLICY:
        return ((const struct vpc_policy *) parsed)->vpc;
    case RES_VPC_GATEWAY:
        return ((const struct vpc_gateway *) parsed)->vpc;
    case RES_VPC_ROUTE:
        return ((const struct vpc_route *) parsed)->vpc;
    case RES_LOAD_BALANCER:
        return ((const struct load_balancer *) parsed)->vpc;
    case RES_QOS_POLICY:
        return ((const struct qos_policy *) parsed)->vpc;
    default:
        return NULL;
    }
}

/* Returns the label of 'parsed', which may be NULL, if it is wrong, else
 * NULL. */
static const char *
get_wrong_label(enum resource_kind kind, const void *parsed)
{
    const struct resource_meta *meta = parsed; /* Begins with it. */
    const char *label = (meta ? smap_get(meta->labels, RESOURCE_LABEL_VPC)
                         : NULL);

    return label && strcmp(label, get_vpc(kind, parsed)) ? label : NULL;
}

void
vpc_label_check(struct alarms *alarms, const struct object *object)
{
    const char *label, *old;
    char *name, *group;

    if (!resource_kind_has_vpc(object->kind)) {
        return;
    }
    label = get_wrong_label(object->kind, object->parsed);
    old = get_wrong_label(object->kind, object->before);
    if (!label && !old) {
        return;                     /* As it is, and was, with nearly all. */
    }
    name = xasprintf("%s %s", resource_get_class(object->kind)->singular,
                     object->name);
    group = xasprintf("label of %s", name);
    if (label && object->exists) {
        alarms_raise(alarms, group, name, "vpc-label",
                     "its label "RESOURCE_LABEL_VPC" says %s, and its "
                     "spec.vpc %s, which counts: correct the label, or take "
                     "it away", label,
                     get_vpc(object->kind, object->parsed));
    } else {
        alarms_clear_group(alarms, group);
    }
    free(group);
    free(name);
}
