/* The order of the base plan: that of the integration bridge's map. */
#ifndef GA_PLAN_BASE_ORDER_H
#define GA_PLAN_BASE_ORDER_H 1

#include <stdbool.h>
#include <stddef.h>

struct agent;
struct index_map;
struct order_group;

/* Whether the order may change: no flow sets an option on the integration
 * bridge, and no packet that we receive would be lost. */
bool plan_base_order_is_free(const struct agent *);

/* Gives the base plan the indices of 'map'. */
void plan_base_order_adopt(struct agent *, const struct index_map *map);

/* Gives the base plan an order that suits the 'n' groups, which must be such
 * that one order can. */
void plan_base_order_reorder(struct agent *, struct order_group **groups,
                             size_t n);

/* Has the base plan map agent->mapped_options, in the order that it has. */
void plan_base_order_update_options(struct agent *);

/* Says why the base plan does not suit the group, for the caller to free. */
char *plan_base_order_describe_conflict(const struct agent *,
                                        const struct order_group *);

#endif /* agent/plans/plan-base-order.h */
