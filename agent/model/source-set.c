/* Sets of options that leave in steps: see source-set.h.
 *
 * This knows nothing of flows: the caller says which options they need. */

#include <config.h>

#include "agent/model/source-set.h"

#include <stdlib.h>

#include "util.h"

struct source_set *
source_set_create(void)
{
    return xzalloc(sizeof(struct source_set));
}

void
source_set_destroy(struct source_set *set)
{
    if (set) {
        for (size_t i = 0; i < set->n; i++) {
            resolved_option_destroy(&set->options[i].up);
        }
        free(set->options);
        free(set);
    }
}

static const struct resolved_option *
find(const struct resolved_option *options, size_t n, struct opt_key key)
{
    for (size_t i = 0; i < n; i++) {
        if (opt_key_equals(options[i].sender.key, key)) {
            return &options[i];
        }
    }
    return NULL;
}

/* Whether the encapsulation stage computes the value of one option, and not
 * that of the other. */
static bool
is_computed_elsewhere(const struct resolved_option *a,
                      const struct resolved_option *b)
{
    return ((a->value.from == VALUE_PACKET_FLOW_HASH)
            != (b->value.from == VALUE_PACKET_FLOW_HASH));
}

/* The values of options that stay are not compared otherwise: for any change
 * of a profile the flows of its endpoints are made anew. */
bool
source_set_update(struct source_set *set,
                  const struct resolved_option *options, size_t n)
{
    struct source_option *old = set->options;
    size_t n_old = set->n, n_left = 0;

    set->options = xcalloc(n + n_old + 1, sizeof *set->options);
    set->n = 0;
    for (size_t i = 0; i < n; i++) {
        struct source_option *o = &set->options[set->n++];

        resolved_option_clone(&o->up, &options[i]);
        o->state = SOURCE_CURRENT;
    }

    bool changed = false;
    for (size_t i = 0; i < n_old; i++) {
        const struct resolved_option *stays = find(options, n,
                                                   old[i].up.sender.key);

        if (stays) {
            changed |= (old[i].state != SOURCE_CURRENT
                        || is_computed_elsewhere(&old[i].up, stays));
            n_left++;
            resolved_option_destroy(&old[i].up);
        } else {
            struct source_option *o = &set->options[set->n++];

            *o = old[i];
            o->up.sender.required = false;
            if (o->state == SOURCE_CURRENT) {
                o->state = SOURCE_KEPT;
                changed = true;
            }
        }
    }
    free(old);
    return changed || n_left != n;
}

bool
source_set_fade(struct source_set *set,
                bool (*needed)(struct opt_key, const void *aux),
                const void *aux)
{
    bool changed = false;

    for (size_t i = 0; i < set->n; i++) {
        struct source_option *o = &set->options[i];

        if (o->state == SOURCE_KEPT && !needed(o->up.sender.key, aux)) {
            o->state = SOURCE_FADING;
            changed = true;
        }
    }
    return changed;
}

bool
source_set_forget(struct source_set *set)
{
    size_t n = 0;

    for (size_t i = 0; i < set->n; i++) {
        if (set->options[i].state == SOURCE_FADING) {
            resolved_option_destroy(&set->options[i].up);
        } else {
            set->options[n++] = set->options[i];
        }
    }

    bool changed = n != set->n;
    set->n = n;
    return changed;
}

bool
source_set_has(const struct source_set *set, enum source_state state)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->options[i].state == state) {
            return true;
        }
    }
    return false;
}
