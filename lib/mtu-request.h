/* Who owns an interface's mtu_request, and what it should be.
 *
 * Others set Interface:mtu_request, too: whoever plugs an interface in, and
 * administrators.  What was there before the agent set it is kept in
 * external_ids and restored later.  What somebody writes over the agent's
 * value stays: two programs that correct each other would never end.  Clearing
 * mtu_request hands it to the agent again.
 *
 *     external_ids    its meaning
 *     nve-mtu         the mtu_request that the agent wrote
 *     nve-mtu-before  the mtu_request that was there before, if one was
 *     nve-mtu-device  the MTU of the device before, if there was none: an
 *                     mtu_request that is cleared does not bring it back
 *
 * Pure. */
#ifndef GA_MTU_REQUEST_H
#define GA_MTU_REQUEST_H 1

#include <stdbool.h>

/* The least mtu_request that Open vSwitch's schema allows. */
#define MTU_REQUEST_MIN 68

/* All of an Interface that counts here; 0 stands for "not there". */
struct mtu_request {
    int request;                    /* mtu_request. */
    int actual;                     /* mtu: what the device has. */
    int ours;                       /* nve-mtu. */
    int before;                     /* nve-mtu-before. */
    int device;                     /* nve-mtu-device. */
};

/* Sets '*next' to what '*now' should become if its endpoint is to have 'mtu',
 * or if nothing is asked of the interface any more (0).  Returns true if the
 * two differ.  Restoring the device's MTU takes two steps, the second one when
 * the device has it. */
bool mtu_request_decide(const struct mtu_request *now, int mtu,
                        struct mtu_request *next);

/* Whether somebody else has set mtu_request since the agent did. */
bool mtu_request_is_foreign(const struct mtu_request *);

#endif /* lib/mtu-request.h */
