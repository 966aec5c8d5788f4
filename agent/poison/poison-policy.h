/* When to heal poisoned datapath flows: the decisions of poison.c, without the
 * actions.
 *
 * A purge throws away every datapath flow of the switch, and each comes back
 * through an upcall.  Bad packets are made by others, so their number must not
 * decide the number of purges:
 *
 *   - the first purge is immediate;
 *   - there are at least POISON_PURGE_GAP_MS between two;
 *   - after POISON_PURGE_BURST in a row, there is one every
 *     POISON_PURGE_REFILL_MS.
 *
 * A purge that has to wait is made up for when its time comes.
 *
 * Times are milliseconds, as of time_msec(), and passed in. */
#ifndef GA_POISON_POLICY_H
#define GA_POISON_POLICY_H 1

#include <stdbool.h>

#define POISON_READ_MS 1000         /* Between two readings. */
#define POISON_PURGE_GAP_MS 2000
#define POISON_PURGE_BURST 6
#define POISON_PURGE_REFILL_MS 10000
#define POISON_QUIET_MS 120000      /* Alarms end after so long without bad
                                     * packets. */
#define POISON_LOOK_MS 2000         /* Between two looks at the flows. */

/* For so long after a purge a rise of the counter says nothing: each thread of
 * the switch adds to it once a second what the thread has counted. */
#define POISON_LAG_MS 1500

struct poison_policy {
    /* Seen. */
    bool has_counter;               /* 'counter' is known. */
    unsigned long long counter;     /* Its last value. */
    unsigned long long n_ahead;     /* Packets that the log has told of and
                                     * the counter has not yet. */
    unsigned long long n_bad;       /* Packets dropped: the bad ones, and good
                                     * ones that poisoned flows dropped. */
    long long int seen_at;          /* Last sign of a bad packet; 0: never. */

    /* Done. */
    long long int looked_at;        /* Last look at the flows; 0: never. */
    bool due;                       /* Bad packets since the last purge. */
    unsigned long long n_purges;
    unsigned long long n_suppressed;
    long long int purged_at;        /* 0: never. */
    long long int budget;           /* ms; a purge costs a REFILL. */
    long long int budget_at;        /* When it was brought up to date. */
};

void poison_policy_init(struct poison_policy *, long long int now);

/* The switch was restarted, and its counter is 0. */
void poison_policy_restarted(struct poison_policy *);

/* The counter has this value, and what it rose by is nobody's fault: it
 * counted while the switch did not have our TLV map. */
void poison_policy_skip(struct poison_policy *, unsigned long long value);

/* The switch's counter of bad packets has this value.  The first value ever
 * says nothing: if flows are poisoned and it hurts, the next one is higher. */
void poison_policy_counter(struct poison_policy *, unsigned long long value,
                           long long int now);

/* The switch's log has told of 'n' more bad packets.  The counter may tell of
 * the same packets, later; they count once. */
void poison_policy_logged(struct poison_policy *, unsigned int n,
                          long long int now);

/* Whether to look at the datapath's flows now, for bad packets that neither
 * counter nor log tell of: the kernel's datapath has no counter, and the
 * switch logs few of many.  True only if there were bad packets of late. */
bool poison_policy_must_look(struct poison_policy *, long long int now);

/* A look has found 'n' flows of bad packets. */
void poison_policy_found(struct poison_policy *, unsigned int n,
                         long long int now);

/* Whether to purge now; to be asked once after each reading.  Counts a purge
 * that is needed and has to wait as suppressed. */
bool poison_policy_must_purge(struct poison_policy *, long long int now);

/* A purge was done. */
void poison_policy_purged(struct poison_policy *, long long int now);

/* Whether there were bad packets in the last POISON_QUIET_MS. */
bool poison_policy_is_alarming(const struct poison_policy *,
                               long long int now);

#endif /* agent/poison/poison-policy.h */
