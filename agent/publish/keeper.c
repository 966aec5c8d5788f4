/* Keepers of objects: see keeper.h. */

#include <config.h>

#include "agent/publish/keeper.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "lib/rfc3339.h"
#include "openvswitch/json.h"
#include "timeval.h"
#include "util.h"

bool
keeper_may_be(const struct m_nve *nve)
{
    return m_nve_has_agent(nve);
}

void
keeper_consider(const struct m_nve *nve, const struct m_nve **keeper)
{
    if (nve && keeper_may_be(nve)
        && (!*keeper || strcmp(nve->up.name, (*keeper)->up.name) < 0)) {
        *keeper = nve;
    }
}

bool
keeper_is_self(const struct agent *agent, const struct m_nve *keeper)
{
    return keeper && keeper == model_get_self(agent->model);
}

const struct m_nve *
keeper_find_for_vpc(const struct agent *agent, const struct m_vpc *vpc)
{
    const struct m_nve *keeper = NULL;
    const struct m_share *share;

    if (!vpc || !m_vpc_is_here(vpc)) {
        return NULL;
    }
    keeper_consider(model_get_self(agent->model), &keeper);
    HMAP_FOR_EACH (share, vpc_node, &vpc->shares) {
        keeper_consider(share->nve, &keeper);
    }
    return keeper;
}

bool
keeper_is_self_for_vpc(const struct agent *agent, const struct m_vpc *vpc)
{
    return keeper_is_self(agent, keeper_find_for_vpc(agent, vpc));
}

static struct json *
make_ready(const char *reason, const char *message, const char *fault)
{
    struct json *ready = json_object_create();

    json_object_put_string(ready, "type", "Ready");
    json_object_put_string(ready, "status", fault ? "False" : "True");
    json_object_put_string(ready, "reason", reason);
    json_object_put_string(ready, "message", fault ? fault : message);
    return ready;
}

void
keeper_put_ready(struct json *status, const char *reason,
                 const char *message, const char *fault)
{
    json_object_put(status, "conditions", json_array_create_1(
                        make_ready(reason, message, fault)));
}

void
keeper_put_ready_since(struct json *status, const char *reason,
                       const char *message, const char *fault,
                       const char *since, bool was_ready)
{
    struct json *ready = make_ready(reason, message, fault);
    char *now = rfc3339_from_msec(time_wall_msec());

    json_object_put_string(ready, "lastTransitionTime",
                           since && was_ready == !fault ? since : now);
    json_object_put(status, "conditions", json_array_create_1(ready));
    free(now);
}
