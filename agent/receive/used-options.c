/* Used options: see used-options.h.
 *
 * Profiles are looked at in the order of their names, so that the result does
 * not depend on which VPC became active first. */

#include <config.h>

#include "agent/receive/used-options.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/entity-order.h"
#include "agent/model/model.h"
#include "agent/model/source-set.h"
#include "agent/receive/receive.h"
#include "lib/planner.h"
#include "lib/tlv-plan.h"
#include "util.h"

static void
add_plan_option(struct plan_option **options, size_t *n, size_t *allocated,
                const struct sender_option *sender)
{
    for (size_t i = 0; i < *n; i++) {
        struct plan_option *o = &(*options)[i];

        if (opt_key_equals(o->key, sender->key)) {
            o->required |= sender->required;
            o->priority = MIN(o->priority, sender->priority);
            return;
        }
    }
    if (*n >= *allocated) {
        *options = x2nrealloc(*options, allocated, sizeof **options);
    }
    (*options)[(*n)++] = (struct plan_option) {
        .key = sender->key, .length = sender->length,
        .required = sender->required, .priority = sender->priority,
    };
}

struct plan_option *
used_options_collect(const struct agent *agent, size_t *n)
{
    size_t n_profiles = 0, allocated = 0;
    const struct m_profile **profiles
        = xcalloc(2 * hmapx_count(&agent->model->active_vpcs) + 1,
                  sizeof *profiles);
    struct plan_option *options = NULL;
    struct hmapx_node *node;

    HMAPX_FOR_EACH (node, &agent->model->active_vpcs) {
        const struct m_vpc *vpc = node->data;
        profiles[n_profiles++] = vpc->profile;
        profiles[n_profiles++] = vpc->sent;
    }
    entity_order_sort(profiles, n_profiles);

    *n = 0;
    for (size_t i = 0; i < n_profiles; i++) {
        if (i && profiles[i] == profiles[i - 1]) {
            continue;
        }
        for (size_t j = 0; j < profiles[i]->source->n; j++) {
            add_plan_option(&options, n, &allocated,
                            &profiles[i]->source->options[j].up.sender);
        }
    }
    const struct recv_table *table = receive_get_table(agent->receive);
    for (size_t i = 0; i < table->n_entries; i++) {
        if (table->entries[i].required) {
            struct sender_option o = {
                .key = table->entries[i].key,
                .length = table->entries[i].max_len, .required = true,
                .priority = NEG_DEFAULT_PRIORITY,
            };
            add_plan_option(&options, n, &allocated, &o);
        }
    }
    free(profiles);
    return options;
}
