/* Damping: what one remote's changes may cost others.
 *
 * RFC 9638 has every NVE advertise what it can receive, and says nothing of
 * one that changes its mind again and again.  Here each change of a remote
 * that costs others something, such as a bridge made for its order, takes a
 * token.  There are DAMPING_BURST of them and one more every DAMPING_REFILL.
 * So one remote causes at most DAMPING_BURST such changes at once and, in the
 * long run, 60,000 / DAMPING_REFILL a minute.  A remote that needs a token and
 * has none is *suppressed* (agent/plans/plan-assign.c says what it gets
 * meanwhile) until it is *reusable*: until it has not changed for
 * DAMPING_REUSE_AFTER.  The two words are those of RFC 2439, which damps
 * flapping routes.
 *
 * Pure: time is a parameter, in ms of a monotonic clock. */
#ifndef GA_DAMPING_H
#define GA_DAMPING_H 1

#include <stdbool.h>

#define DAMPING_BURST 10
#define DAMPING_REFILL 6000         /* ms. */
#define DAMPING_REUSE_AFTER 10000   /* ms. */

/* DAMPING_USABLE: its changes are followed.  To DAMPING_SUPPRESSED when one
 *     would cost others something and no token is left.
 * DAMPING_SUPPRESSED: nothing is made for it.  To DAMPING_USABLE when it has
 *     not changed for DAMPING_REUSE_AFTER. */
enum damping_state { DAMPING_USABLE, DAMPING_SUPPRESSED };

/* All-zero: a remote that has not done anything yet. */
struct damping {
    enum damping_state state;
    int n_used;                     /* Tokens that are not back yet. */
    long long int refilled;         /* When the last of them came back. */
    long long int changed;          /* When the remote last changed. */
};

/* Notes that the remote changed. */
void damping_note_change(struct damping *, long long int now);

/* To be called when what the remote wants costs others something.  Returns
 * true, and takes a token, if it may; else the remote is suppressed. */
bool damping_take(struct damping *, long long int now);

/* Returns true if the remote was suppressed and is usable again. */
bool damping_run(struct damping *, long long int now);

/* When a suppressed remote becomes reusable if it does not change before:
 * damping_run() has to be called then. */
long long int damping_get_reusable(const struct damping *);

#endif /* lib/damping.h */
