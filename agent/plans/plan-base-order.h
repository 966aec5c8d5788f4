/* The order of the base plan: that of the integration bridge's map. */
#ifndef GA_PLAN_BASE_ORDER_H
#define GA_PLAN_BASE_ORDER_H 1

#include <stdbool.h>
#include <stddef.h>

struct agent;
struct index_map;
struct order_group;

/* Whether it may change: no flow sets an option on the integration bridge, and
 * reception does not suffer. */
bool plan_base_order_is_free(const struct agent *);

/* Gives the base plan the indices of 'map'. */
void plan_base_order_adopt(struct agent *, const struct index_map *map);

/* Gives it an order that the 'n' groups want, who can be served together. */
void plan_base_order_reorder(struct agent *, struct order_group **groups,
                             size_t n);

/* Lets it map what agent->mapped_options has, and leaves the order as it
 * is. */
void plan_base_order_update_options(struct agent *);

/* Why the group cannot be sent by it: a sentence, for the caller to free. */
char *plan_base_order_describe_conflict(const struct agent *,
                                        const struct order_group *);

#endif /* agent/plans/plan-base-order.h */
