/* VNIs that rest: see vni-rest.h.
 *
 * Those whose time is over are freed when the next one starts to rest: nobody
 * has to wake up for that. */

#include <config.h>

#include "agent/model/vni-rest.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "openvswitch/json.h"
#include "util.h"

void
vni_rests_init(struct vni_rests *rests)
{
    hmap_init(&rests->by_vni);
    ovs_list_init(&rests->resting);
    rests->passed = false;
}

static void
vni_rest_destroy(struct vni_rests *rests, struct vni_rest *e)
{
    hmap_remove(&rests->by_vni, &e->node);
    ovs_list_remove(&e->list_node);
    free(e->vpc);
    free(e);
}

void
vni_rests_destroy(struct vni_rests *rests)
{
    struct vni_rest *e;

    HMAP_FOR_EACH_SAFE (e, node, &rests->by_vni) {
        vni_rest_destroy(rests, e);
    }
    hmap_destroy(&rests->by_vni);
}

static struct vni_rest *
find(const struct vni_rests *rests, uint32_t vni)
{
    struct vni_rest *e;

    HMAP_FOR_EACH_WITH_HASH (e, node, hash_int(vni, 0), &rests->by_vni) {
        if (e->vni == vni) {
            return e;
        }
    }
    return NULL;
}

static bool
is_resting(const struct vni_rest *e)
{
    return !ovs_list_is_empty(&e->list_node);
}

static struct vni_rest *
create(struct vni_rests *rests, uint32_t vni, const char *vpc)
{
    struct vni_rest *e = xzalloc(sizeof *e);

    e->vni = vni;
    e->vpc = xstrdup(vpc);
    ovs_list_init(&e->list_node);
    hmap_insert(&rests->by_vni, &e->node, hash_int(vni, 0));
    return e;
}

static void
set_holder(struct vni_rests *rests, struct vni_rest *e, const char *vpc)
{
    if (strcmp(e->vpc, vpc)) {
        free(e->vpc);
        e->vpc = xstrdup(vpc);
        rests->passed = true;
    }
    ovs_list_remove(&e->list_node);
    ovs_list_init(&e->list_node);
}

static void
start_rest(struct vni_rests *rests, struct vni_rest *e, long long int now,
           long long int rest)
{
    struct vni_rest *old;

    LIST_FOR_EACH_SAFE (old, list_node, &rests->resting) {
        if (old->until > now) {
            break;
        }
        vni_rest_destroy(rests, old);
    }
    e->until = now + rest;
    ovs_list_push_back(&rests->resting, &e->list_node);
}

const struct vni_rest *
vni_rests_take(struct vni_rests *rests, uint32_t vni, const char *vpc,
               long long int now, long long int rest)
{
    struct vni_rest *e = find(rests, vni);

    if (!e) {
        create(rests, vni, vpc);
        return NULL;
    }
    if (strcmp(e->vpc, vpc)) {
        if (!is_resting(e)) {
            start_rest(rests, e, now, rest);
        }
        if (now < e->until) {
            return e;
        }
    }
    set_holder(rests, e, vpc);
    return NULL;
}

void
vni_rests_give(struct vni_rests *rests, uint32_t vni, const char *vpc,
               long long int now, long long int rest)
{
    struct vni_rest *e = find(rests, vni);

    if (e && !is_resting(e) && !strcmp(e->vpc, vpc)) {
        start_rest(rests, e, now, rest);
    }
}

bool
vni_rests_have_passed(struct vni_rests *rests)
{
    bool passed = rests->passed;

    rests->passed = false;
    return passed;
}

struct json *
vni_rests_to_json(const struct vni_rests *rests)
{
    struct json *json = json_object_create();
    const struct vni_rest *e;

    HMAP_FOR_EACH (e, node, &rests->by_vni) {
        char *vni = xasprintf("%"PRIu32, e->vni);

        json_object_put_string(json, vni, e->vpc);
        free(vni);
    }
    return json;
}

bool
vni_rests_restore(struct vni_rests *rests, uint32_t vni, const char *vpc,
                  long long int now, long long int rest)
{
    struct vni_rest *e = find(rests, vni);
    bool taken = e && strcmp(e->vpc, vpc);

    if (!e) {
        e = create(rests, vni, vpc);
    } else if (!taken || is_resting(e)) {
        return false;
    } else {
        free(e->vpc);
        e->vpc = xstrdup(vpc);
    }
    start_rest(rests, e, now, rest);
    return taken;
}
