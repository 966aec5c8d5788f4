/* Objects sorted by name, and snapshots of them. */
#ifndef GA_OBJECT_LIST_H
#define GA_OBJECT_LIST_H 1

#include <stddef.h>

struct object;

struct object_list {
    struct object **objects;        /* No references of its own. */
    size_t n, allocated;
    struct snapshot *latest;        /* Of them, or NULL. */
};
#define OBJECT_LIST_INITIALIZER { NULL, 0, 0, NULL }

/* What a list had at some time. */
struct snapshot {
    unsigned int ref_cnt;
    struct object **objects;
    size_t n;
};

/* Frees what the list holds, not the structure itself. */
void object_list_destroy(struct object_list *);

/* Replaces 'old', which is in the list, by 'new' of the same name.  Either may
 * be NULL, to add or to remove one. */
void object_list_change(struct object_list *, const struct object *old,
                        struct object *new);

/* The index of the first object whose name is not less than 'name'. */
size_t object_list_find(const struct object_list *, const char *name);

/* Returns what the list has now, for the caller to unref.  Until the next
 * change, it is the same snapshot. */
struct snapshot *object_list_snapshot(struct object_list *);

/* NULL is fine. */
void snapshot_unref(struct snapshot *);

#endif /* utilities/nvad/object-list.h */
