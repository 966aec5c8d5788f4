/* This host's own NVE object. */
#ifndef GA_TAP_OWN_NVE_H
#define GA_TAP_OWN_NVE_H 1

#include <jansson.h>
#include <stdbool.h>

struct tap;
struct tap_controller_config;

struct tap_own_nve {
    const struct tap_controller_config *config;
    char name[256];
    char instance[64];
    json_t *object;                 /* To create. */
    json_t *status;                 /* As it should be. */
    bool conflict;                  /* Somebody else writes the status. */
};

void tap_own_nve_init(struct tap_own_nve *, const struct tap *);

/* Makes it, if it is not there. */
void tap_own_nve_create(const struct tap_own_nve *);

/* Looks at it, as it is at the controller, and writes its status if that is
 * not what it should be. */
void tap_own_nve_check(struct tap_own_nve *, const json_t *object);

#endif /* utilities/geneve-tap/tap-own-nve.h */
