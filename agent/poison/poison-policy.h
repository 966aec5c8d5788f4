/* When to heal poisoned datapath flows: what poison.c decides, without what it
 * does.
 *
 * A purge throws away every datapath flow of the switch, and each comes back
 * through an upcall.  Bad packets are made by others, so their number must
 * not decide the number of purges:
 *
 *   - the first one is at once;
 *   - between two there are POISON_PURGE_GAP_MS at least;
 *   - after POISON_PURGE_BURST in a row, one every POISON_PURGE_REFILL_MS.
 *
 * A purge that has to wait is made up for when its time comes.
 *
 * Times are of time_msec()'s kind, milliseconds, and passed in. */
#ifndef GA_POISON_POLICY_H
#define GA_POISON_POLICY_H 1

#include <stdbool.h>

#define POISON_READ_MS 1000         /* Between two readings, always. */
#define POISON_PURGE_GAP_MS 2000
#define POISON_PURGE_BURST 6
#define POISON_PURGE_REFILL_MS 10000
#define POISON_QUIET_MS 120000      /* Without bad packets: all is well. */
#define POISON_LOOK_MS 2000         /* Between two looks at the flows. */

/* For that long after a purge a rise of the counter says nothing: each thread
 * of the switch adds to it once a second what it has counted until then. */
#define POISON_LAG_MS 1500

struct poison_policy {
    /* Seen. */
    bool has_counter;               /* 'counter' is known. */
    unsigned long long counter;     /* Its last value. */
    unsigned long long n_ahead;     /* Log lines that the counter has not yet
                                     * made up for. */
    unsigned long long n_bad;       /* Packets dropped: the bad ones, and those
                                     * that the poison took. */
    long long int seen_at;          /* The last sign of one; 0: none ever. */

    /* Done. */
    long long int looked_at;        /* At the flows; 0: never. */
    bool due;                       /* Bad packets since the last purge. */
    unsigned long long n_purges;
    unsigned long long n_suppressed;
    long long int purged_at;        /* 0: never. */
    long long int budget;           /* In ms: a purge costs a REFILL. */
    long long int budget_at;        /* When it was brought up to date. */
};

void poison_policy_init(struct poison_policy *, long long int now);

/* The switch started anew, its counter at 0. */
void poison_policy_restarted(struct poison_policy *);

/* The value of the counter of bad packets.  The first one ever says nothing:
 * what is poisoned and hurts makes the next one higher. */
void poison_policy_counter(struct poison_policy *, unsigned long long value,
                           long long int now);

/* So many bad packets in the switch's log that were not there before.  The
 * same packets may also come with poison_policy_counter(), later; they count
 * once. */
void poison_policy_logged(struct poison_policy *, unsigned int n,
                          long long int now);

/* Whether to look at the datapath's flows now, for what neither counter nor
 * log tells: the kernel's datapath has no counter, and of many bad packets the
 * switch logs few.  Only while there have been some of late. */
bool poison_policy_must_look(struct poison_policy *, long long int now);

/* So many flows of bad packets were found by looking. */
void poison_policy_found(struct poison_policy *, unsigned int n,
                         long long int now);

/* Whether to purge now; to be asked once after each reading.  Counts a purge
 * that is needed and has to wait as suppressed. */
bool poison_policy_must_purge(struct poison_policy *, long long int now);
void poison_policy_purged(struct poison_policy *, long long int now);

/* Whether bad packets came within POISON_QUIET_MS. */
bool poison_policy_is_alarming(const struct poison_policy *,
                               long long int now);

#endif /* agent/poison/poison-policy.h */
