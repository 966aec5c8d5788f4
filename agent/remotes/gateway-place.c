/* The state machine of gateway-place.h.
 *
 * If nobody is heard, they may all be dead, or we may be cut off, where others
 * have taken our place.  With several others the latter is taken for true.
 *
 * It is one for the node and not one for each gateway, because "path down" is
 * said on a tunnel port, which all gateways of two nodes share.
 *
 * A node that freezes and wakes up still has its flows, and ovs-vswitchd goes
 * on as if nothing had been.  Its BFD sessions have ended meanwhile; until the
 * agent has got to JOINING, flows that own an address only while BFD is up
 * with somebody keep it silent (gateway-flows.c). */

#include <config.h>

#include "agent/remotes/gateway-place.h"

#include "util.h"

/* Over the detection time: BFD's next packet, and the switch's reaction. */
#define CLAIM_MARGIN 200

/* BFD comes up with the third packet of a side, and sends one a second until
 * it is up, or fewer if it is that slow later, too. */
#define JOIN_MARGIN 3000

unsigned int
gateway_place_get_join_time(unsigned int detect_time)
{
    return detect_time + JOIN_MARGIN;
}

unsigned int
gateway_place_get_claim_time(unsigned int detect_time)
{
    return detect_time + CLAIM_MARGIN;
}

static void
enter(struct gateway_place *place, enum gateway_place_state state,
      long long int until)
{
    place->state = state;
    place->until = until;
}

static void
enter_joining(struct gateway_place *place, const struct gateway_facts *facts,
              long long int now)
{
    enter(place, GATEWAY_JOINING,
          now + gateway_place_get_join_time(facts->detect_time));
}

static void
step(struct gateway_place *place, const struct gateway_facts *facts,
     long long int now)
{
    if (!facts->works) {
        enter(place, GATEWAY_OUT, 0);
        return;
    }
    place->alone &= !facts->n_heard;
    switch (place->state) {
    case GATEWAY_OUT:
        enter_joining(place, facts, now);
        break;
    case GATEWAY_JOINING:
        if ((facts->heard_candidates && facts->n_heard >= facts->n_peers)
            || (now >= place->until
                && (facts->n_heard || facts->n_peers <= 1))) {
            place->alone = !facts->n_heard;
            enter(place, GATEWAY_CLAIMING,
                  now + gateway_place_get_claim_time(facts->detect_time));
        }
        break;
    case GATEWAY_CLAIMING:
        if (now >= place->until) {
            enter(place, GATEWAY_IN, 0);
        }
        break;
    case GATEWAY_IN:
        if (facts->n_peers > 1 && !facts->n_heard && !place->alone) {
            enter_joining(place, facts, now);
        }
        break;
    default:
        OVS_NOT_REACHED();
    }
}

bool
gateway_place_run(struct gateway_place *place,
                  const struct gateway_facts *facts, long long int now)
{
    enum gateway_place_state before = place->state;

    step(place, facts, now);
    return place->state != before;
}

bool
gateway_place_says_down(const struct gateway_place *place)
{
    return place->state < GATEWAY_CLAIMING;
}

const char *
gateway_place_to_string(enum gateway_place_state state)
{
    static const char *const names[] = {
        [GATEWAY_OUT] = "out",
        [GATEWAY_JOINING] = "joining",
        [GATEWAY_CLAIMING] = "claiming",
        [GATEWAY_IN] = "in",
    };

    return names[state];
}
