/* What retained.c and retained-show.c share.  For nobody else. */
#ifndef GA_RETAINED_PRIVATE_H
#define GA_RETAINED_PRIVATE_H 1

#include "agent/receive/retained.h"

#include "agent/receive/withdrawal.h"
#include "sset.h"

struct retained {
    struct withdrawal state;
    struct recv_table target;       /* What we would advertise. */
    bool started;                   /* What was published is recalled. */
    struct json *announced;         /* The table, as status.receive without
                                     * its id; NULL: none. */
    bool peers_known;               /* state.peers has every remote. */
    long long int until;            /* Wall clock, ms: about the end. */
    long long int grace;            /* As set, ms. */

    enum { ACKS_OFF, ACKS_ON, ACKS_SWEEPING } acks;
    char *watched;                  /* ON, SWEEPING: whose; or NULL. */
    long long int sweep_at;         /* SWEEPING; LLONG_MAX: not known yet. */
    struct sset names;              /* Of the acks that there are. */
    struct sset deleted;            /* Of them, those that we delete. */
};

#endif /* agent/receive/retained-private.h */
