/* What others ask about tunnel ports: about one, about all, and what changed
 * since they asked last. */

#include <config.h>

#include "agent/node/rows.h"
#include "agent/node/tunnels-private.h"
#include "agent/node/tunnels.h"
#include "lib/nullable-string.h"
#include "util.h"

/* One. */

ofp_port_t
tunnels_get_ofport(const struct tunnels *tunnels,
                   const struct tunnel_key *key)
{
    const struct tunnel *tunnel = tunnels_find(tunnels, key);

    return tunnel ? tunnel->ofport : 0;
}

ofp_port_t
tunnels_get_number(const struct tunnels *tunnels,
                   const struct tunnel_key *key)
{
    const struct tunnel *tunnel = tunnels_find(tunnels, key);

    return !tunnel ? 0 : tunnel->ofport ? tunnel->ofport : tunnel->promised;
}

bool
tunnels_are_down(const struct tunnels *tunnels, const struct tunnel_key *key)
{
    const struct tunnel *tunnel = tunnels_find(tunnels, key);

    return tunnel && tunnel->is_down;
}

bool
tunnels_may_mark(const struct tunnels *tunnels, const struct tunnel_key *key)
{
    const struct tunnel *tunnel = tunnels_find(tunnels, key);

    return !tunnel || !tunnel->may_not_mark;
}

enum tunnel_bfd_state
tunnels_get_bfd(const struct tunnels *tunnels, const struct tunnel_key *key)
{
    const struct tunnel *tunnel = tunnels_find(tunnels, key);

    return tunnel ? tunnel->bfd_state : TUNNEL_BFD_OFF;
}

bool
tunnels_are_missing(const struct tunnels *tunnels,
                    const struct tunnel_key *key)
{
    const struct tunnel *tunnel = tunnels_find(tunnels, key);

    return tunnel && !tunnel->iface;
}

bool
tunnels_has_note(const struct tunnels *tunnels, const struct tunnel_key *key,
                 const char *options, const char *status)
{
    const struct tunnel *tunnel = tunnels_find(tunnels, key);

    return (!tunnel
            || (tunnel->noted
                && nullable_string_is_equal(tunnel->options, options)
                && nullable_string_is_equal(tunnel->status, status)));
}

/* All. */

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

/* Changes. */

static void
take_names(struct sset *from, struct sset *to)
{
    const char *name;

    if (!sset_is_empty(from)) {
        SSET_FOR_EACH (name, from) {
            sset_add(to, name);
        }
        sset_clear(from);
    }
}

void
tunnels_take_changes(struct tunnels *tunnels, struct sset *changed,
                     struct sset *made, bool *bfd, bool *problems)
{
    take_names(&tunnels->changed, changed);
    take_names(&tunnels->made, made);
    *bfd |= tunnels->bfd_changed;
    *problems |= tunnels->problems_changed;
    tunnels->bfd_changed = tunnels->problems_changed = false;
}
