/* What is known of a neighbour on a provider network, and when to ask for it.
 *
 *     INCOMPLETE  its MAC is not known
 *     REACHABLE   it has answered not long ago
 *     PROBE       its MAC is known, and it is asked whether it is still there
 *     FAILED      it has not answered for a while; the last MAC, if there was
 *                 one, stays
 *
 * Pure: time comes in, and questions go out.  Times are in ms. */
#ifndef GA_EXT_NEIGHBOR_H
#define GA_EXT_NEIGHBOR_H 1

#include <stdbool.h>

#include "openvswitch/types.h"

/* It is asked again this long after an answer. */
#define EXT_NEIGHBOR_REFRESH 30000
/* From one question to the next, and how many get no answer before it has
 * failed. */
#define EXT_NEIGHBOR_INTERVAL 1000
#define EXT_NEIGHBOR_TRIES 3
/* From one question to the next of one that has failed. */
#define EXT_NEIGHBOR_RETRY 5000

enum ext_neighbor_state {
    EXT_NEIGHBOR_INCOMPLETE,
    EXT_NEIGHBOR_REACHABLE,
    EXT_NEIGHBOR_PROBE,
    EXT_NEIGHBOR_FAILED,
};

struct ext_neighbor {
    enum ext_neighbor_state state;
    struct eth_addr mac;            /* All-zero: not known. */
    unsigned int n_asked;           /* Since the last answer. */
    long long int next;             /* When to ask, or to give up. */
};

/* Nothing is known of it, and it is asked at once. */
void ext_neighbor_init(struct ext_neighbor *, long long int now);

/* It had 'mac' when somebody last knew. */
void ext_neighbor_adopt(struct ext_neighbor *, struct eth_addr mac,
                        long long int now);

/* It says that it has 'mac', asked or not.  Returns true if it had another
 * MAC, or none. */
bool ext_neighbor_heard(struct ext_neighbor *, struct eth_addr mac,
                        long long int now);

/* Somebody needs it: one that has failed is asked at once, but not more often
 * than EXT_NEIGHBOR_INTERVAL says. */
void ext_neighbor_want(struct ext_neighbor *, long long int now);

/* What is to be done at 'now'; to be called from 'next' on. */
enum ext_neighbor_question {
    EXT_NEIGHBOR_NONE,              /* Nothing yet. */
    EXT_NEIGHBOR_ASK_IT,            /* Ask it alone: its MAC is known. */
    EXT_NEIGHBOR_ASK_ALL,           /* Ask everybody. */
};
enum ext_neighbor_question ext_neighbor_run(struct ext_neighbor *,
                                            long long int now);

#endif /* lib/ext-neighbor.h */
