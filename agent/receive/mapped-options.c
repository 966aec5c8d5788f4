/* Mapped options: see mapped-options.h. */

#include <config.h>

#include "agent/receive/mapped-options.h"

#include <stdlib.h>

#include "agent/agent.h"
#include "agent/model/model.h"
#include "agent/receive/retained.h"
#include "agent/receive/used-options.h"
#include "lib/tlv-plan.h"
#include "util.h"

struct mapped_options *
mapped_options_create(void)
{
    return xzalloc(sizeof(struct mapped_options));
}

void
mapped_options_destroy(struct mapped_options *mapped)
{
    if (mapped) {
        free(mapped->options);
        free(mapped);
    }
}

void
mapped_options_run(struct agent *agent)
{
    struct mapped_options *mapped = agent->mapped_options;
    size_t n;

    if (!agent->options_changed
        && hmapx_is_empty(&agent->model->changed_vpcs)) {
        return;
    }
    free(mapped->options);
    mapped->options = used_options_collect(agent, &n);
    mapped->options = retained_keep_options(agent, mapped->options, &n);
    mapped->n = n;
    if (!tlv_plan_covers(agent->base_plan, mapped->options, mapped->n)) {
        agent->options_changed = true;
    }
}
