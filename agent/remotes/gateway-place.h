/* Whether this node may have its place among the candidates of gateways.
 *
 * Pure: told what there is and what time it is, it says what to do. */
#ifndef GA_GATEWAY_PLACE_H
#define GA_GATEWAY_PLACE_H 1

#include <stdbool.h>
#include <stddef.h>

/* In each of these states but GATEWAY_OUT packets that sources send here go
 * out, and answers to them come back: who has state for a connection uses it.
 * The states are about whom sources send to, and who answers for the external
 * addresses. */
enum gateway_place_state {
    /* Nothing can go out from here: an uplink is dead or is not there, or the
     * switch does not have the flows.  Others are told (BFD's "path down"), so
     * sources choose another candidate, and that one has the addresses.
     *
     * All is well: JOINING. */
    GATEWAY_OUT,

    /* This node could serve.  Others are still told that it does not, and it
     * answers for no address: one that was down for a while and comes back
     * does not know who has taken its place.
     *
     * BFD is up with every other candidate and every source, so all of them
     * turn to us at once, or gateway_place_get_join_time() is over, so those
     * that are silent are dead, and somebody is heard or there is but one
     * other node: CLAIMING.
     * Something is dead: OUT. */
    GATEWAY_JOINING,

    /* Others are told that it serves: those that are worse give up the
     * addresses as soon as BFD brings them that, and sources turn to it.
     *
     * They have had the time: IN.
     * Something is dead: OUT. */
    GATEWAY_CLAIMING,

    /* It serves.  Flows alone say whether it has the addresses of a gateway:
     * if no better candidate is up.
     *
     * Something is dead: OUT.
     * BFD is down with everybody, although it was up with some: it is we who
     * have been cut off or frozen, so others have taken over: JOINING. */
    GATEWAY_IN,
};

struct gateway_place {
    enum gateway_place_state state;
    bool alone;                     /* Nobody was heard while JOINING, nor
                                     * since: the other one is dead. */
    long long int until;            /* JOINING, CLAIMING: when that is over at
                                     * the latest: msec. */
};

struct gateway_facts {
    bool works;                     /* Packets could go out. */
    size_t n_peers;                 /* Nodes that BFD runs with; 0 if there
                                     * are no other candidates. */
    size_t n_heard;                 /* ...and is up with. */
    bool heard_candidates;          /* Up with all other candidates. */
    unsigned int detect_time;       /* Until BFD sees that one is dead: ms. */
};

/* Returns how long a candidate that comes waits for others that it does not
 * hear: ms.  'detect_time' is that of struct gateway_facts. */
unsigned int gateway_place_get_join_time(unsigned int detect_time);

/* Returns how long others are given to see that a candidate has come: ms. */
unsigned int gateway_place_get_claim_time(unsigned int detect_time);

/* Follows 'facts' at time 'now' (msec).  Returns whether the state changed. */
bool gateway_place_run(struct gateway_place *, const struct gateway_facts *,
                       long long int now);

/* Whether others are to be told that nothing goes out from here. */
bool gateway_place_says_down(const struct gateway_place *);

const char *gateway_place_to_string(enum gateway_place_state);

#endif /* agent/remotes/gateway-place.h */
