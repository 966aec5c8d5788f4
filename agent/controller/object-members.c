/* Members of scopes: see object-members.h. */

#include <config.h>

#include "agent/controller/object-members.h"

#include <stdlib.h>

#include "agent/controller/object-version.h"
#include "agent/controller/objects.h"
#include "util.h"

/* That an object is in this scope, too. */
struct membership {
    struct ovs_list object_node;    /* In its extra's 'also_in'. */
    struct ovs_list scope_node;     /* In the scope's 'further'. */
    struct object *object;
    struct object_members *members;
    unsigned int generation;        /* Of the list that mentioned it last. */
};

void
object_members_init(struct object_members *members)
{
    *members = (struct object_members) { .n = 0 };
    ovs_list_init(&members->objects);
    ovs_list_init(&members->further);
}

static void
membership_create(struct object_members *members, struct object *object)
{
    struct membership *m = xmalloc(sizeof *m);

    m->object = object;
    m->members = members;
    m->generation = members->generation;
    ovs_list_push_back(&object_version_make_extra(object)->also_in,
                       &m->object_node);
    ovs_list_push_back(&members->further, &m->scope_node);
}

static void
membership_destroy(struct membership *m)
{
    ovs_list_remove(&m->object_node);
    ovs_list_remove(&m->scope_node);
    free(m);
}

static struct membership *
membership_find(const struct object_members *members,
                const struct object *object)
{
    struct membership *m;

    if (object->extra) {
        LIST_FOR_EACH (m, object_node, &object->extra->also_in) {
            if (m->members == members) {
                return m;
            }
        }
    }
    return NULL;
}

static void
set_members(struct object *object, struct object_members *members,
            unsigned int generation)
{
    object->members = members;
    object->generation = generation;
    ovs_list_push_back(&members->objects, &object->member_node);
}

/* Takes 'object' out of its 'members'.  If it is in another scope, too, that
 * takes their place; else returns true. */
static bool
leave(struct object *object)
{
    struct object_extra *x = object->extra;
    struct membership *m;

    ovs_list_remove(&object->member_node);
    object->members = NULL;
    if (!x || ovs_list_is_empty(&x->also_in)) {
        return true;
    }
    m = CONTAINER_OF(ovs_list_front(&x->also_in), struct membership,
                     object_node);
    set_members(object, m->members, m->generation);
    membership_destroy(m);
    return false;
}

void
object_members_add(struct object_members *members, struct object *object)
{
    struct membership *m;

    if (object->members == members) {
        object->generation = members->generation;
        return;
    }
    m = membership_find(members, object);
    if (m) {
        m->generation = members->generation;
        return;
    }
    if (object->members) {
        membership_create(members, object);
    } else {
        set_members(object, members, members->generation);
    }
    members->n++;
}

bool
object_members_have(const struct object_members *members,
                    struct object *object)
{
    return object->members == members || membership_find(members, object);
}

bool
object_members_remove(struct object_members *members, struct object *object)
{
    struct membership *m;

    if (object->members == members) {
        members->n--;
        return leave(object);
    }
    m = membership_find(members, object);
    if (m) {
        members->n--;
        membership_destroy(m);
    }
    return false;
}

void
object_members_drop(struct object_members *members, bool all,
                    void (*gone)(struct object *, void *aux), void *aux)
{
    struct object *object;
    struct membership *m;

    LIST_FOR_EACH_SAFE (object, member_node, &members->objects) {
        if (all || object->generation != members->generation) {
            members->n--;
            if (leave(object)) {
                gone(object, aux);
            }
        }
    }
    LIST_FOR_EACH_SAFE (m, scope_node, &members->further) {
        if (all || m->generation != members->generation) {
            members->n--;
            membership_destroy(m);
        }
    }
}
