/* Whether the integration bridge's own TLV map is used for sending.
 *
 * As long as no remote is sent options by the integration bridge itself, the
 * base plan is idle: the flows of endpoints set no options there, and the
 * order of its map can change (plans/plan-base-order.c). */
#ifndef GA_BASE_USE_H
#define GA_BASE_USE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agent;
struct m_encap;

struct base_use {
    size_t n_users;                 /* Encapsulations whose options the
                                     * integration bridge sends. */
    size_t n_senders;               /* Encapsulations with options at all. */
    bool idle;                      /* Endpoints' flows set none there. */
    bool touched;                   /* 'idle' changed in this turn. */
    uint64_t idle_revision;         /* Of the integration bridge's flows: the
                                     * first with the present 'idle'. */
};

struct base_use *base_use_create(void);
void base_use_destroy(struct base_use *);

/* Counts 'encap' as what it is now; if 'gone', no longer. */
void base_use_account(struct base_use *, struct m_encap *, bool gone);

/* Makes 'idle_revision' that of this turn. */
void base_use_touch(struct base_use *);

/* Finds out whether the base plan is idle, and touches the endpoints and
 * remotes if that changed.  To be called when the plans have been applied. */
void base_use_run(struct agent *);

/* To be called when all flows of this turn have been made. */
void base_use_note_revision(struct agent *);

#endif /* agent/model/base-use.h */
