/* Which endpoints of this node may send and be reached.  It is decided before
 * their flows are made, and the flows follow from it. */
#ifndef GA_ENDPOINT_PHASE_H
#define GA_ENDPOINT_PHASE_H 1

#include "agent/model/entity.h"

struct agent;

/* Returns the phase as status.phase has it: "Running" and so on. */
const char *endpoint_phase_to_string(enum endpoint_phase);

/* Sets 'phase', 'message' and 'attached' of the endpoints that changed in this
 * turn.  To be called last before the flows: plans and known policies count,
 * and no endpoint may be touched after it. */
void endpoint_phase_run(struct agent *);

#endif /* agent/model/endpoint-phase.h */
