/* Labels of VPCs: see vpc-label.h. */

#include <config.h>

#include "agent/model/vpc-label.h"

#include <stdlib.h>
#include <string.h>

#include "agent/alarms.h"
#include "agent/controller/objects.h"
#include "smap.h"
#include "util.h"

/* The VPC that 'object' says it is of, or NULL if it is of none. */
static const char *
get_vpc(const struct object *object)
{
    if (!object->exists || !object->parsed) {
        return NULL;
    }
    switch ((int) object->kind) {
    case RES_ENDPOINT:
        return object->endpoint->vpc;
    case RES_VPC_POLICY:
        return object->policy->vpc;
    case RES_VPC_GATEWAY:
        return object->gateway->vpc;
    case RES_VPC_ROUTE:
        return object->route->vpc;
    case RES_LOAD_BALANCER:
        return object->lb->vpc;
    case RES_QOS_POLICY:
        return object->qos_policy->vpc;
    default:
        return NULL;
    }
}

void
vpc_label_check(struct alarms *alarms, const struct object *object)
{
    const char *vpc = get_vpc(object);
    const struct resource_meta *meta = object->parsed; /* Begins with it. */
    const char *label = (vpc ? smap_get(meta->labels, RESOURCE_LABEL_VPC)
                         : NULL);
    char *name, *group;

    if (!resource_kind_has_vpc(object->kind)) {
        return;
    }
    name = xasprintf("%s %s", resource_get_class(object->kind)->singular,
                     object->name);
    group = xasprintf("label of %s", name);
    if (label && strcmp(label, vpc)) {
        alarms_raise(alarms, group, name, "vpc-label",
                     "its label "RESOURCE_LABEL_VPC" says %s, and its "
                     "spec.vpc %s, which counts: correct the label, or take "
                     "it away", label, vpc);
    } else {
        alarms_clear_group(alarms, group);
    }
    free(group);
    free(name);
}
