/* Sorted arrays: they are read from the beginning to the end far more often
 * than anything comes or goes in between.  An object that is only changed
 * keeps its place. */

#include <config.h>

#include "utilities/nvad/object-list.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "utilities/nvad/object.h"

void
object_list_destroy(struct object_list *list)
{
    snapshot_unref(list->latest);
    free(list->objects);
}

size_t
object_list_find(const struct object_list *list, const char *name)
{
    size_t low = 0, high = list->n;

    /* Names that come in order, as at start, need no search. */
    if (high && strcmp(list->objects[high - 1]->name, name) < 0) {
        return high;
    }
    while (low < high) {
        size_t mid = (low + high) / 2;

        if (strcmp(list->objects[mid]->name, name) < 0) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low;
}

void
object_list_change(struct object_list *list, const struct object *old,
                   struct object *new)
{
    size_t i = object_list_find(list, (old ? old : new)->name);

    ovs_assert(!old || (i < list->n && list->objects[i] == old));
    snapshot_unref(list->latest);
    list->latest = NULL;
    if (!old) {
        if (list->n >= list->allocated) {
            list->objects = x2nrealloc(list->objects, &list->allocated,
                                       sizeof *list->objects);
        }
        memmove(&list->objects[i + 1], &list->objects[i],
                (list->n++ - i) * sizeof *list->objects);
    } else if (!new) {
        memmove(&list->objects[i], &list->objects[i + 1],
                (--list->n - i) * sizeof *list->objects);
        return;
    }
    list->objects[i] = new;
}

struct snapshot *
object_list_snapshot(struct object_list *list)
{
    if (!list->latest) {
        struct snapshot *s = xmalloc(sizeof *s);

        s->ref_cnt = 1;
        s->n = list->n;
        s->objects = xmalloc((list->n + 1) * sizeof *s->objects);
        for (size_t i = 0; i < list->n; i++) {
            s->objects[i] = object_ref(list->objects[i]);
        }
        list->latest = s;
    }
    list->latest->ref_cnt++;
    return list->latest;
}

void
snapshot_unref(struct snapshot *s)
{
    if (s && !--s->ref_cnt) {
        for (size_t i = 0; i < s->n; i++) {
            object_unref(s->objects[i]);
        }
        free(s->objects);
        free(s);
    }
}
