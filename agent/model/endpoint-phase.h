/* What has become of each endpoint here, decided before its flows are made. */
#ifndef GA_ENDPOINT_PHASE_H
#define GA_ENDPOINT_PHASE_H 1

struct agent;

enum endpoint_phase {
    ENDPOINT_PENDING,               /* Something is missing that may come by
                                     * itself, or it is not here. */
    ENDPOINT_RUNNING,               /* Its packets may go out. */
    ENDPOINT_BLOCKED,               /* Its VPC is not in use, or an option that
                                     * its packets must carry cannot be set. */
    ENDPOINT_REFUSED,               /* Its object cannot be accepted here. */
};

/* As status.phase has it, "Running" and so on. */
const char *endpoint_phase_to_string(enum endpoint_phase);

/* Decides about the endpoints that changed in this turn: sets 'phase',
 * 'message' and 'attached' of each.  To be called when the plans are made, the
 * policies that are known have been noted, and no stage before the flows adds
 * to the endpoints that changed. */
void endpoint_phase_run(struct agent *);

#endif /* agent/model/endpoint-phase.h */
