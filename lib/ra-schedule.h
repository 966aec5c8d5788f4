/* When a router sends advertisements that nobody asked for (RFC 4861, section
 * 6.2.4).  Times are in ms, of any clock. */
#ifndef GA_RA_SCHEDULE_H
#define GA_RA_SCHEDULE_H 1

#include <stdint.h>

/* RFC 4861, section 10. */
#define RA_MAX_INITIAL_INTERVAL 16000
#define RA_N_INITIAL 3
#define RA_MIN_DELAY 3000

struct ra_schedule {
    uint32_t interval;              /* MaxRtrAdvInterval. */
    int n_initial;                  /* Initial ones still to be sent. */
    long long int last;             /* When the last one was sent. */
    long long int next;             /* When the next is due. */
};

/* Nothing has been sent yet, and nothing is due. */
void ra_schedule_init(struct ra_schedule *);

/* There is something to say for the first time, or something else than
 * before. */
void ra_schedule_change(struct ra_schedule *, uint32_t interval,
                        long long int now);

/* The one that was due has been sent.  'random' is any number. */
void ra_schedule_sent(struct ra_schedule *, long long int now,
                      uint32_t random);

/* A host that can only be answered by multicast has asked. */
void ra_schedule_solicit(struct ra_schedule *, long long int now);

#endif /* lib/ra-schedule.h */
