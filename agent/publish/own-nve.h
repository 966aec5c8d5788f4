/* Our own NVE at the controller: the object, which is created if there is
 * none, and its status. */
#ifndef GA_OWN_NVE_H
#define GA_OWN_NVE_H 1

#include <stdbool.h>

struct agent;
struct own_nve;

struct own_nve *own_nve_create(void);

/* NULL is fine. */
void own_nve_destroy(struct own_nve *);

/* Publishes what changed, when the switch has confirmed it. */
void own_nve_run(struct agent *);

/* Whether what receive_to_json() says now is published. */
bool own_nve_is_current(const struct agent *);

#endif /* agent/publish/own-nve.h */
