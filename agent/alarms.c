/* Alarms: see alarms.h.
 *
 * A group has a generation counter and the alarms that it raised.
 * alarms_begin() starts a new generation, alarms_raise() moves an alarm into
 * it, and alarms_end() drops those of older generations.  All alarms are also
 * in one list, in the order in which they were raised, for people to read.  A
 * group exists while it has alarms: to say that all is well costs next to
 * nothing. */

#include <config.h>

#include "agent/alarms.h"

#include <stdarg.h>
#include <string.h>

#include "hash.h"
#include "lib/printable.h"
#include "lib/rfc3339.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/hmap.h"
#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(alarms);

struct alarms {
    struct shash groups;            /* Contains "struct group"s. */
    struct ovs_list all;            /* Of "struct alarm"s, oldest first. */
    size_t n;
};

struct group {
    struct hmap alarms;             /* Contains "struct alarm"s. */
    unsigned int generation;
};

struct alarm {
    struct hmap_node group_node;
    struct ovs_list all_node;
    char *object, *reason, *message;
    long long int since;            /* Wall clock, ms. */
    unsigned int generation;
};

struct alarms *
alarms_create(void)
{
    struct alarms *alarms = xzalloc(sizeof *alarms);

    shash_init(&alarms->groups);
    ovs_list_init(&alarms->all);
    return alarms;
}

static void
alarm_destroy(struct alarms *alarms, struct group *group,
              struct alarm *alarm)
{
    hmap_remove(&group->alarms, &alarm->group_node);
    ovs_list_remove(&alarm->all_node);
    alarms->n--;
    free(alarm->object);
    free(alarm->reason);
    free(alarm->message);
    free(alarm);
}

static struct group *
group_get(struct alarms *alarms, const char *name)
{
    struct group *group = shash_find_data(&alarms->groups, name);

    if (!group) {
        group = xzalloc(sizeof *group);
        hmap_init(&group->alarms);
        shash_add(&alarms->groups, name, group);
    }
    return group;
}

/* Clears the alarms of a group that are not of its present generation, and
 * frees the group if it has no alarms then. */
static void
group_sweep(struct alarms *alarms, struct shash_node *node)
{
    struct group *group = node->data;
    struct alarm *alarm;

    HMAP_FOR_EACH_SAFE (alarm, group_node, &group->alarms) {
        if (alarm->generation != group->generation) {
            VLOG_INFO("%s: %s: cleared", alarm->object, alarm->reason);
            alarm_destroy(alarms, group, alarm);
        }
    }
    if (hmap_is_empty(&group->alarms)) {
        hmap_destroy(&group->alarms);
        free(group);
        shash_delete(&alarms->groups, node);
    }
}

void
alarms_destroy(struct alarms *alarms)
{
    struct shash_node *node;

    if (!alarms) {
        return;
    }
    SHASH_FOR_EACH_SAFE (node, &alarms->groups) {
        struct group *group = node->data;
        struct alarm *alarm;

        HMAP_FOR_EACH_SAFE (alarm, group_node, &group->alarms) {
            alarm_destroy(alarms, group, alarm);
        }
        hmap_destroy(&group->alarms);
        free(group);
    }
    shash_destroy(&alarms->groups);
    free(alarms);
}

void
alarms_begin(struct alarms *alarms, const char *name)
{
    struct group *group = shash_find_data(&alarms->groups, name);

    if (group) {
        group->generation++;
    }
}

static struct alarm *
alarm_find(const struct group *group, const char *object, const char *reason,
           uint32_t hash)
{
    struct alarm *alarm;

    HMAP_FOR_EACH_WITH_HASH (alarm, group_node, hash, &group->alarms) {
        if (!strcmp(alarm->object, object)
            && !strcmp(alarm->reason, reason)) {
            return alarm;
        }
    }
    return NULL;
}

void
alarms_raise(struct alarms *alarms, const char *group_name,
             const char *object, const char *reason, const char *format, ...)
{
    char *name = printable_make(object);
    uint32_t hash = hash_string(name, hash_string(reason, 0));
    struct group *group = group_get(alarms, group_name);
    struct alarm *alarm = alarm_find(group, name, reason, hash);
    char *message;
    va_list args;

    va_start(args, format);
    message = printable_make_nocopy(xvasprintf(format, args));
    va_end(args);

    if (!alarm) {
        alarm = xzalloc(sizeof *alarm);
        alarm->object = xstrdup(name);
        alarm->reason = xstrdup(reason);
        alarm->since = time_wall_msec();
        hmap_insert(&group->alarms, &alarm->group_node, hash);
        ovs_list_push_back(&alarms->all, &alarm->all_node);
        alarms->n++;
        VLOG_WARN("%s: %s: %s", name, reason, message);
    }
    free(name);
    free(alarm->message);
    alarm->message = message;
    alarm->generation = group->generation;
}

void
alarms_end(struct alarms *alarms, const char *name)
{
    struct shash_node *node = shash_find(&alarms->groups, name);

    if (node) {
        group_sweep(alarms, node);
    }
}

void
alarms_clear_group(struct alarms *alarms, const char *name)
{
    struct shash_node *node = shash_find(&alarms->groups, name);

    if (node) {
        struct group *group = node->data;

        group->generation++;
        group_sweep(alarms, node);
    }
}

size_t
alarms_count(const struct alarms *alarms)
{
    return alarms->n;
}

struct json *
alarms_to_json(const struct alarms *alarms)
{
    struct json *array = json_array_create_empty();
    const struct alarm *alarm;

    LIST_FOR_EACH (alarm, all_node, &alarms->all) {
        struct json *json = json_object_create();

        json_object_put_string(json, "object", alarm->object);
        json_object_put_string(json, "reason", alarm->reason);
        json_object_put_string(json, "message", alarm->message);
        json_object_put(json, "since", json_string_create_nocopy(
                            rfc3339_from_msec(alarm->since)));
        json_array_add(array, json);
    }
    return array;
}
