/* What retained.c and retained-show.c share. */
#ifndef GA_RETAINED_PRIVATE_H
#define GA_RETAINED_PRIVATE_H 1

#include "agent/receive/retained.h"
#include "agent/receive/withdrawal.h"
#include "sset.h"

struct retained {
    struct withdrawal state;
    struct recv_table target;       /* What we will advertise when nothing is
                                     * withdrawn any more. */
    bool started;                   /* We know what was published before. */
    bool published;                 /* Another table is, since the last
                                     * retained_run(). */
    struct json *announced;         /* What we advertise, as status.receive
                                     * without its id; NULL: nothing. */
    bool peers_known;               /* state.peers has every remote. */
    long long int until;            /* Wall clock, ms: about when the grace
                                     * time ends. */
    long long int grace;            /* The grace time, ms. */

    enum { ACKS_OFF, ACKS_ON, ACKS_SWEEPING } acks;
    char *watched;                  /* ON, SWEEPING: the NVE whose acks are
                                     * watched, or NULL. */
    long long int sweep_at;         /* SWEEPING: time_msec(), LLONG_MAX: not
                                     * known yet. */
    struct sset names;              /* Of all acks. */
    struct sset deleted;            /* Of those that we are deleting. */
};

#endif /* agent/receive/retained-private.h */
