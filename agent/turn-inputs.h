/* What the local database, the controller and the devices say, taken over into
 * the board and the model: stages of turn.c. */
#ifndef GA_TURN_INPUTS_H
#define GA_TURN_INPUTS_H 1

struct agent;

/* Settings, interfaces and tunnel ports that local_run() found changed. */
void turn_inputs_take_local(struct agent *);

/* Objects that the controller has brought since the last turn. */
void turn_inputs_run_objects(struct agent *);

/* Sets agent->complete once the desired state is known as a whole. */
void turn_inputs_update_complete(struct agent *);

/* The MTU of the devices that have our underlay addresses. */
void turn_inputs_run_underlay(struct agent *);

/* Whether flows or the agent answer neighbor solicitations. */
void turn_inputs_update_nd(struct agent *);

#endif /* agent/turn-inputs.h */
