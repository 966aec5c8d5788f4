/* The state of plans: see plans.h. */

#include <config.h>

#include "agent/plans/plans.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/encap.h"
#include "id-pool.h"
#include "util.h"

struct plans *
plans_create(void)
{
    struct plans *plans = xzalloc(sizeof *plans);

    ovs_list_init(&plans->plans);
    plans->remote_ids = id_pool_create(1, UINT16_MAX);
    hmapx_init(&plans->moving);
    order_groups_init(&plans->groups);
    hmapx_init(&plans->changed);
    hmapx_init(&plans->to_charge);
    hmapx_init(&plans->suppressed);
    return plans;
}

void
plans_destroy(struct plans *plans)
{
    if (plans) {
        ovs_assert(ovs_list_is_empty(&plans->plans));
        hmapx_destroy(&plans->moving);
        hmapx_destroy(&plans->changed);
        hmapx_destroy(&plans->to_charge);
        hmapx_destroy(&plans->suppressed);
        order_groups_destroy(&plans->groups);
        id_pool_destroy(plans->remote_ids);
        free(plans);
    }
}

struct m_nve *
plans_member_to_nve(const struct order_member *member)
{
    return CONTAINER_OF(member, struct m_nve, seat.member);
}

struct m_nve *
plans_get_first(const struct order_group *group)
{
    return plans_member_to_nve(CONTAINER_OF(ovs_list_front(&group->members),
                                            struct order_member, node));
}
