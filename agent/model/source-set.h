/* The options that the flows of a profile set and take away.
 *
 * The source stage sets the options of the profile.  One that leaves the
 * profile cannot go at once: flows that send it may be in force for some time,
 * on this bridge or another.  So it leaves in steps, each of which is safe no
 * matter which of the flows are in the switch already:
 *
 *     the encapsulation stage takes it away where it is not sent any more;
 *     when no flow in force sends it, the source stage ceases to set it;
 *     when that is confirmed, it is forgotten. */
#ifndef GA_SOURCE_SET_H
#define GA_SOURCE_SET_H 1

#include <stdbool.h>
#include <stddef.h>

#include "agent/model/resolved-option.h"

enum source_state {
    SOURCE_CURRENT,                 /* In the profile: set.  When it leaves:
                                     * KEPT. */
    SOURCE_KEPT,                    /* Left the profile: set.  When no flow in
                                     * force sends it: FADING. */
    SOURCE_FADING,                  /* Not set any more, still taken away.
                                     * When the switch has confirmed that:
                                     * gone. */
                                    /* From both: back in the profile:
                                     * CURRENT. */
};

struct source_option {
    struct resolved_option up;      /* 'name' and 'value' are its own. */
    enum source_state state;
};

struct source_set {
    struct source_option *options;  /* The profile's, in its order, then those
                                     * that leave. */
    size_t n;
};

struct source_set *source_set_create(void);
void source_set_destroy(struct source_set *);

/* The profile has these 'n' options now.  Returns true if the flows of its
 * encapsulations have to change: if any came or left, or if the value of one
 * is computed by another stage than before. */
bool source_set_update(struct source_set *, const struct resolved_option *,
                       size_t n);

/* Lets the kept options fade that are not 'needed' any more.  Returns true if
 * there were any. */
bool source_set_fade(struct source_set *,
                     bool (*needed)(struct opt_key, const void *aux),
                     const void *aux);

/* Forgets the fading options.  Returns true if there were any. */
bool source_set_forget(struct source_set *);

bool source_set_has(const struct source_set *, enum source_state);

#endif /* agent/model/source-set.h */
