/* QoSPolicy and QoSClass.
 *
 * An empty selector means all endpoints, so a member that is not understood
 * must not be read as one: every fault refuses the object. */

#include <config.h>

#include "lib/resource-qos.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "util.h"

/* A meter takes 32 bits for each of them. */
#define MAX_RATE UINT32_MAX

#define MAX_DSCP 63

/* What Open vSwitch takes for a queue of linux-htb. */
#define MAX_QUEUE 61439

static const char *const directions[] = {
    [QOS_EGRESS] = "egress",
    [QOS_INGRESS] = "ingress",
};

static const char *const models[] = {
    [QOS_PIPE] = "pipe",
    [QOS_UNIFORM] = "uniform",
};

const char *
qos_direction_to_string(enum qos_direction direction)
{
    return directions[direction];
}

const char *
qos_model_to_string(enum qos_model model)
{
    return models[model];
}

bool
qos_limits_are_set(const struct qos_limits *limits)
{
    return limits->kbps || limits->pps;
}

static void
parse_rate(const struct field_parent *parent, const char *name,
           uint32_t *rate)
{
    int64_t value;

    if (field_integer(parent, name, false, 1, MAX_RATE, &value)) {
        *rate = value;
    }
}

static void
parse_limits(const struct field_parent *spec, enum qos_direction direction,
             struct qos_limits *limits)
{
    const char *name = directions[direction];
    char *path = xasprintf("spec.%s", name);
    struct field_parent parent = { field_object(spec, name, false), path,
                                   spec->errors };

    parse_rate(&parent, "kbps", &limits->kbps);
    parse_rate(&parent, "burst", &limits->burst);
    parse_rate(&parent, "pps", &limits->pps);
    if (parent.json && json_util_get(parent.json, "burst")
        && !json_util_get(parent.json, "kbps")) {
        field_error(&parent, FE_FORBIDDEN, "burst",
                    "must not be there without kbps");
    } else if (parent.json && !json_util_get(parent.json, "kbps")
               && !json_util_get(parent.json, "pps")) {
        field_error(spec, FE_REQUIRED, name, "must have kbps, or pps, or "
                    "both");
    }
    free(path);
}

static void
parse_policy(void *policy_, const struct field_parent *spec,
             struct svec *warnings OVS_UNUSED)
{
    struct qos_policy *policy = policy_;

    policy->vpc = nullable_xstrdup(field_name(spec, "vpc", true));
    label_selector_from_json(field_object(spec, "endpointSelector", false),
                             "spec.endpointSelector", &policy->selector,
                             spec->errors);
    policy->class_name = nullable_xstrdup(field_name(spec, "class", false));
    for (int i = 0; i < QOS_N_DIRECTIONS; i++) {
        parse_limits(spec, i, &policy->limits[i]);
    }
    policy->model = field_choice(spec, "model", models, ARRAY_SIZE(models),
                                 QOS_PIPE);
    if (policy->model == QOS_UNIFORM && !json_util_get(spec->json, "class")) {
        field_error(spec, FE_FORBIDDEN, "model",
                    "must not be uniform without a class");
    }
}

static void
release_policy(void *policy_)
{
    struct qos_policy *policy = policy_;

    label_selector_destroy(&policy->selector);
    free(policy->class_name);
    free(policy->vpc);
}

struct qos_policy *
qos_policy_from_json(const struct json *json, struct field_errors *errors)
{
    return resource_class_parse(&qos_policy_class, json, errors, NULL);
}

void
qos_policy_destroy(struct qos_policy *policy)
{
    resource_class_destroy(&qos_policy_class, policy);
}

static void
parse_class(void *class_, const struct field_parent *spec,
            struct svec *warnings OVS_UNUSED)
{
    struct qos_class *class = class_;
    int64_t number, dscp = -1, queue = -1;

    if (field_integer(spec, "number", true, 0, UINT32_MAX, &number)) {
        class->number = number;
    }
    field_integer(spec, "dscp", false, 0, MAX_DSCP, &dscp);
    field_integer(spec, "queue", false, 0, MAX_QUEUE, &queue);
    class->dscp = dscp;
    class->queue = queue;
}

static void
release_class(void *class_ OVS_UNUSED)
{
}

struct qos_class *
qos_class_from_json(const struct json *json, struct field_errors *errors)
{
    return resource_class_parse(&qos_class_class, json, errors, NULL);
}

void
qos_class_destroy(struct qos_class *class)
{
    resource_class_destroy(&qos_class_class, class);
}

const struct resource_class qos_policy_class = {
    .kind = "QoSPolicy",
    .plural = "qospolicies",
    .singular = "qospolicy",
    .short_name = "qpol",
    .has_status = true,
    .size = sizeof(struct qos_policy),
    .parse_spec = parse_policy,
    .release = release_policy,
};

const struct resource_class qos_class_class = {
    .kind = "QoSClass",
    .plural = "qosclasses",
    .singular = "qosclass",
    .short_name = "qcls",
    .has_status = true,
    .size = sizeof(struct qos_class),
    .parse_spec = parse_class,
    .release = release_class,
};
