/* The labeller: objects in, status out.
 *
 * Two reflectors feed the cache of objects.  Each change goes to the numbers
 * (numbers.h), and what these want to be written goes to the object writer.
 * The writer compares it with the cache, writes only the members that differ
 * (agents write others of the same status), tries again what fails, conflicts
 * included, and writes anew what somebody else overwrites.  All of this but
 * the numbers is the agent's code.
 *
 * Two labellers would give one number to two sets.  So each labeller signs the
 * VPCs, in status.policyLabeller, with a number that is higher than all that
 * it found there.  A labeller that meets a higher number than its own writes
 * nothing any more: the one that was started last goes on.
 *
 *     waiting      for both lists
 *     running      signs VPCs, and gives numbers
 *     superseded   by another labeller, for good, even if that one ends: to
 *                  use this one again, start it again */

#include <config.h>

#include "utilities/labeller/labeller.h"

#include <stdlib.h>

#include "agent/controller/object-writer.h"
#include "agent/controller/objects.h"
#include "agent/controller/reflector.h"
#include "agent/controller/rest.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "random.h"
#include "sset.h"
#include "timeval.h"
#include "util.h"
#include "utilities/labeller/numbers.h"

VLOG_DEFINE_THIS_MODULE(labeller);

static const enum resource_kind kinds[] = { RES_VPC, RES_ENDPOINT };

struct labeller {
    struct objects *objects;
    struct rest *rest;
    struct object_writer *writer;
    struct objects_scope *scopes[ARRAY_SIZE(kinds)];
    struct reflector *reflectors[ARRAY_SIZE(kinds)];
    struct numbers *numbers;
    bool started;
    bool superseded;

    struct sset vpcs;               /* Names of those that exist. */
    int64_t top_id;                 /* The highest status.policyLabeller. */
    int64_t id;                     /* Ours; 0: not started. */
};

static void
set_status(enum resource_kind kind, const char *name, struct json *status,
           void *l_)
{
    struct labeller *l = l_;

    if (kind == RES_VPC) {
        json_object_put(status, "policyLabeller", json_integer_create(l->id));
    }
    object_writer_set_status(l->writer, kind, name, status);
}

/* Signs VPC 'name', unless something else is written to it, which is signed,
 * too. */
static void
labeller_sign(struct labeller *l, const char *name)
{
    if (!object_writer_has(l->writer, RES_VPC, name)) {
        set_status(RES_VPC, name, json_object_create(), l);
    }
}

static void
forget(enum resource_kind kind, const char *name, void *l_)
{
    struct labeller *l = l_;

    object_writer_clear(l->writer, kind, name);
}

struct labeller *
labeller_create(const char *url, const struct rest_auth *auth)
{
    static const struct numbers_ops ops = { set_status, forget };
    struct labeller *l = xzalloc(sizeof *l);

    l->objects = objects_create();
    l->rest = rest_create(auth);
    l->writer = object_writer_create(l->rest, l->objects, NULL);
    object_writer_set_url(l->writer, url);
    l->numbers = numbers_create(&ops, l);
    sset_init(&l->vpcs);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        l->scopes[i] = objects_scope_create(l->objects, kinds[i]);
        l->reflectors[i] = reflector_create(l->rest, l->scopes[i], kinds[i],
                                            url, NULL, NULL, NULL);
    }
    return l;
}

void
labeller_destroy(struct labeller *l)
{
    if (!l) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        reflector_destroy(l->reflectors[i]);
        objects_scope_destroy(l->scopes[i]);
    }
    numbers_destroy(l->numbers);
    object_writer_destroy(l->writer);
    rest_destroy(l->rest);
    objects_destroy(l->objects);
    sset_destroy(&l->vpcs);
    free(l);
}

/* VPC 'name' exists and has 'status'. */
static void
labeller_check_signature(struct labeller *l, const char *name,
                         const struct json *status)
{
    int64_t id = 0;

    json_util_integer(status, "policyLabeller", &id);
    l->top_id = MAX(l->top_id, id);
    if (l->started && !l->superseded && id > l->id) {
        VLOG_WARN("vpc %s: another labeller, which was started later, has "
                  "taken over; this one writes nothing any more", name);
        l->superseded = true;
        object_writer_set_url(l->writer, NULL);
    }
}

static void
labeller_vpc_changed(struct labeller *l, const struct object *object,
                     const struct json *status)
{
    bool exists = object->exists;

    if (exists) {
        sset_add(&l->vpcs, object->name);
        labeller_check_signature(l, object->name, status);
    } else {
        sset_find_and_delete(&l->vpcs, object->name);
    }
    numbers_vpc_changed(l->numbers, object->name, exists, status,
                        time_msec());
    if (exists && l->started) {
        labeller_sign(l, object->name);
    }
}

static void
labeller_start(struct labeller *l)
{
    const char *name;

    VLOG_INFO("all VPCs and endpoints are known");
    l->started = true;
    l->id = MAX(time_wall_msec() * 1000 + random_range(1000), l->top_id + 1);
    numbers_start(l->numbers, time_msec());
    SSET_FOR_EACH (name, &l->vpcs) {
        labeller_sign(l, name);
    }
}

/* An endpoint that is not valid keeps the labels of its last valid version. */
static void
object_changed(struct object *object, void *l_)
{
    struct json *json = object_to_json(object);
    const struct json *status = json_util_get(json, "status");
    struct labeller *l = l_;

    if (object->kind == RES_ENDPOINT) {
        numbers_endpoint_changed(l->numbers, object->name,
                                 object->exists ? object->endpoint : NULL,
                                 status, time_msec());
    } else {
        labeller_vpc_changed(l, object, status);
    }
    object_writer_object_changed(l->writer, object->kind, object->name);
    json_destroy(json);
}

static bool
is_synced(const struct labeller *l)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (!reflector_is_synced(l->reflectors[i])) {
            return false;
        }
    }
    return true;
}

void
labeller_run(struct labeller *l)
{
    rest_run(l->rest);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        reflector_run(l->reflectors[i]);
    }
    objects_run(l->objects, object_changed, l);
    if (!l->started && is_synced(l)) {
        labeller_start(l);
    }
    object_writer_run(l->writer);
}

void
labeller_wait(struct labeller *l)
{
    rest_wait(l->rest);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        reflector_wait(l->reflectors[i]);
    }
    objects_wait(l->objects);
    object_writer_wait(l->writer);
}

static void
show_problem(const char *object, const char *message, void *s)
{
    ds_put_format(s, "%s: %s\n", object, message);
}

void
labeller_show(const struct labeller *l, struct ds *s)
{
    ds_put_format(s, "%s\n", l->superseded
                  ? "superseded: another labeller was started later and does "
                  "the work; this one writes nothing"
                  : l->started ? "running"
                  : "waiting for the lists of VPCs and endpoints");
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        const char *error = reflector_get_error(l->reflectors[i]);

        if (error) {
            show_problem(resource_get_class(kinds[i])->plural, error, s);
        }
    }
    object_writer_for_each_problem(l->writer, show_problem, s);
    numbers_show(l->numbers, s);
}
