/* Damping: what one remote's changes may cost others.
 *
 * RFC 9638 has every NVE advertise what it can receive, and says nothing of
 * one that cannot make up its mind.  Here each change of a remote's that costs
 * others something, such as a bridge made for its order, takes a token.  There
 * are DAMPING_BURST of them and one more every DAMPING_REFILL, so that one
 * remote causes at most DAMPING_BURST such changes at once and, in the long
 * run, 60,000 / DAMPING_REFILL a minute.  A remote that needs one and has none
 * is held (see agent/plans/plan-assign.c for what it gets meanwhile) until it
 * has been calm for DAMPING_CALM.
 *
 * Pure: time is a parameter, in ms of a monotonic clock. */
#ifndef GA_DAMPING_H
#define GA_DAMPING_H 1

#include <stdbool.h>

#define DAMPING_BURST 10
#define DAMPING_REFILL 6000         /* ms. */
#define DAMPING_CALM 10000          /* ms. */

/* DAMPING_FREE: its changes are followed.  To DAMPING_HELD when one would cost
 *     others something and no token is left.
 * DAMPING_HELD: nothing is made for it.  To DAMPING_FREE when it has not
 *     changed for DAMPING_CALM. */
enum damping_state { DAMPING_FREE, DAMPING_HELD };

/* All-zero: a remote that has not done anything yet. */
struct damping {
    enum damping_state state;
    int n_used;                     /* Tokens that are not back yet. */
    long long int refilled;         /* When the last of them came back. */
    long long int changed;          /* When the remote last changed. */
};

/* The remote changed. */
void damping_note_change(struct damping *, long long int now);

/* What it wants costs others something.  Returns true, and takes a token, if
 * it may; else it is held. */
bool damping_take(struct damping *, long long int now);

/* Returns true if it was held and is so no longer. */
bool damping_run(struct damping *, long long int now);

/* When damping_run() has to be called if nothing changes before: only for one
 * that is held. */
long long int damping_get_calm(const struct damping *);

#endif /* lib/damping.h */
