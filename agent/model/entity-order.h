/* Entities in the order of their names.
 *
 * Sets have no order.  What an agent makes of one must not depend on chance:
 * after a restart it would make other flows, ids or zones of the same
 * objects. */
#ifndef GA_ENTITY_ORDER_H
#define GA_ENTITY_ORDER_H 1

#include <stddef.h>

struct hmapx;

/* Sorts 'n' pointers to structs that begin with their entity: "struct m_vpc
 * *", and so on. */
void entity_order_sort(void *pointers, size_t n);

/* Returns the elements of the set, sorted, for the caller to free. */
void **entity_order_list(const struct hmapx *);

#endif /* agent/model/entity-order.h */
