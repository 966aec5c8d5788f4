/* The options that the flows of a profile have to do with.
 *
 * Those of the profile are set in the source stage.  One that leaves the
 * profile does not go at once: flows that send it may be in force for some
 * time, on this bridge or another.  So it leaves in steps, each of which is
 * safe whatever of the flows is already in the switch:
 *
 *     the encapsulation stage takes it away, where it is not sent any more;
 *     when no flow in force sends it, the source stage does not set it;
 *     when that is confirmed, it is forgotten. */
#ifndef GA_SOURCE_SET_H
#define GA_SOURCE_SET_H 1

#include "agent/model/entity.h"

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

/* The profile's options are these 'n' now.  Returns true if any option came
 * or left. */
bool source_set_update(struct source_set *, const struct resolved_option *,
                       size_t n);

/* Lets those fade that 'needed' does not hold back.  Returns true if that is
 * any. */
bool source_set_fade(struct source_set *,
                     bool (*needed)(struct opt_key, const void *aux),
                     const void *aux);

/* Forgets those that have faded.  Returns true if that is any. */
bool source_set_forget(struct source_set *);

bool source_set_has(const struct source_set *, enum source_state);

#endif /* agent/model/source-set.h */
