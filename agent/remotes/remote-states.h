/* What becomes of packets to each remote, in a word, and how many remotes
 * there are of each. */
#ifndef GA_REMOTE_STATES_H
#define GA_REMOTE_STATES_H 1

#include <stddef.h>
#include <stdint.h>

#include "lib/negotiation.h"

struct agent;
struct m_encap;
struct m_nve;
struct remote_states;

enum remote_state {
    /* The worst enum neg_status of its profiles, as a number, if none of the
     * others holds. */
    REMOTE_UNREACHABLE = NEG_BLOCKED + 1,
    REMOTE_PENDING,                 /* The switch does not do yet what was
                                     * negotiated. */
    REMOTE_N_STATES
};

struct remote_states *remote_states_create(void);
void remote_states_destroy(struct remote_states *);

void remote_states_run(struct agent *);

/* A port that a remote waits for is there: has all that are REMOTE_PENDING
 * looked at in this turn. */
void remote_states_look(struct remote_states *);

/* Returns how many remotes were in 'state' at the end of the last turn. */
size_t remote_states_count(const struct agent *, enum remote_state state);

/* Returns a number that grows whenever a remote is REMOTE_PENDING no more. */
uint64_t remote_states_get_settled(const struct agent *);

const char *remote_state_to_string(enum remote_state);

/* What is so now, of a remote and of what is sent to it by one profile. */
enum remote_state remote_states_get(const struct agent *,
                                    const struct m_nve *);
enum remote_state remote_states_get_encap(const struct agent *,
                                          const struct m_encap *);

#endif /* agent/remotes/remote-states.h */
