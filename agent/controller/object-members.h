/* Which objects a scope has, for objects.c.
 *
 * Nearly all objects are in one scope.  So an object says itself in which
 * scope it is, and its extra says in which others. */
#ifndef GA_OBJECT_MEMBERS_H
#define GA_OBJECT_MEMBERS_H 1

#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/list.h"

struct object;

/* The objects of one scope. */
struct object_members {
    struct ovs_list objects;        /* Those whose 'members' it is. */
    struct ovs_list further;        /* "struct membership"s: those that have
                                     * other 'members'. */
    size_t n;                       /* Both together. */
    unsigned int generation;        /* A new one for each list. */
};

void object_members_init(struct object_members *);

/* Makes 'object' a member, if it is none, and puts it into the present
 * generation. */
void object_members_add(struct object_members *, struct object *);

bool object_members_have(const struct object_members *, struct object *);

/* 'object' need not be a member.  Returns whether it was, and now is in no
 * scope any more. */
bool object_members_remove(struct object_members *, struct object *);

/* Removes all members, or only those of earlier generations.  Calls 'gone' for
 * each object that then is in no scope any more. */
void object_members_drop(struct object_members *, bool all,
                         void (*gone)(struct object *, void *aux), void *aux);

#endif /* agent/controller/object-members.h */
