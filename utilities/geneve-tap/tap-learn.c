/* MAC learning.
 *
 * A table of fixed size, one place for each hash: who comes later takes the
 * place.  A frame to an address that was pushed out goes to all remotes, which
 * is right, too, only dearer; so nobody can make the table grow. */

#include <config.h>

#include "utilities/geneve-tap/tap-learn.h"

#include <stdlib.h>
#include <string.h>

#include "utilities/geneve-tap/tap-alloc.h"

#define N_PLACES 8192
#define MAX_AGE 300                 /* Seconds. */

struct place {
    uint8_t mac[6];
    uint32_t tunnel, remote;
    int64_t seen;                   /* 0 if it is empty. */
};

struct tap_learn {
    struct place places[N_PLACES];
};

struct tap_learn *
tap_learn_create(void)
{
    return tap_alloc(1, sizeof(struct tap_learn));
}

void
tap_learn_destroy(struct tap_learn *learn)
{
    free(learn);
}

static size_t
place_of(size_t tunnel, const uint8_t mac[6])
{
    uint32_t hash = tunnel;

    for (int i = 0; i < 6; i++) {
        hash = (hash ^ mac[i]) * 0x01000193;
    }
    return (hash ^ hash >> 16) % N_PLACES;
}

void
tap_learn_add(struct tap_learn *learn, size_t tunnel, const uint8_t mac[6],
              size_t remote, int64_t now)
{
    struct place *place = &learn->places[place_of(tunnel, mac)];

    if (!(mac[0] & 1)) {
        memcpy(place->mac, mac, sizeof place->mac);
        place->tunnel = tunnel;
        place->remote = remote;
        place->seen = now ? now : 1;
    }
}

size_t
tap_learn_find(const struct tap_learn *learn, size_t tunnel,
               const uint8_t mac[6], int64_t now)
{
    const struct place *place = &learn->places[place_of(tunnel, mac)];

    return (place->seen && now - place->seen <= MAX_AGE
            && place->tunnel == tunnel && !memcmp(place->mac, mac, 6)
            ? place->remote : TAP_LEARN_NONE);
}
