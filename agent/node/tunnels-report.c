/* What people are told about tunnel ports as a whole. */

#include <config.h>

#include "agent/node/rows.h"
#include "agent/node/tunnels-private.h"
#include "agent/node/tunnels.h"
#include "util.h"

void
tunnels_for_each_problem(const struct tunnels *tunnels,
                         rows_problem_cb *cb, void *aux)
{
    const struct tunnel *tunnel;

    HMAP_FOR_EACH (tunnel, node, &tunnels->wanted) {
        if (tunnel->problem) {
            char *object = (tunnel->key.send_only
                            ? xasprintf("tunnel for DSCP %u",
                                        tunnel->key.dscp)
                            : xasprintf("tunnel %s", *tunnel->nve
                                        ? tunnel->nve : "shared"));

            cb(object, tunnel->problem, aux);
            free(object);
        }
    }
}

void
tunnels_count(const struct tunnels *tunnels, size_t *wanted, size_t *ready)
{
    const struct tunnel *tunnel;

    *wanted = hmap_count(&tunnels->wanted);
    *ready = 0;
    HMAP_FOR_EACH (tunnel, node, &tunnels->wanted) {
        *ready += tunnel->ofport != 0;
    }
}

bool
tunnels_are_none(const struct tunnels *tunnels)
{
    return hmap_is_empty(&tunnels->wanted);
}
