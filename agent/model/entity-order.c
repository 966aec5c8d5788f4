/* Order of entities: see entity-order.h. */

#include <config.h>

#include "agent/model/entity-order.h"

#include <stdlib.h>
#include <string.h>

#include "agent/model/entity.h"
#include "hmapx.h"
#include "util.h"

static int
compare(const void *a_, const void *b_)
{
    const void *const *a = a_, *const *b = b_;
    const struct entity *a_entity = *a, *b_entity = *b;

    return strcmp(a_entity->name, b_entity->name);
}

void
entity_order_sort(void *pointers, size_t n)
{
    qsort(pointers, n, sizeof(void *), compare);
}

void **
entity_order_list(const struct hmapx *set)
{
    void **list = xmalloc((hmapx_count(set) + 1) * sizeof *list);
    const struct hmapx_node *node;
    size_t n = 0;

    HMAPX_FOR_EACH (node, set) {
        list[n++] = node->data;
    }
    entity_order_sort(list, n);
    return list;
}
