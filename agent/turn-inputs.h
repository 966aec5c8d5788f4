/* What the local database, the controller and the devices say, taken over into
 * the board and the model: stages of turn.c. */
#ifndef GA_TURN_INPUTS_H
#define GA_TURN_INPUTS_H 1

struct agent;

/* Settings, interfaces and tunnel ports that local_run() found changed. */
void turn_inputs_take_local(struct agent *);

/* Objects that the controller has brought since the last turn. */
void turn_inputs_run_objects(struct agent *);

/* Tells the gate what is known, and the model once that is the whole desired
 * state. */
void turn_inputs_update_gate(struct agent *);

/* The MTU of the devices that have our underlay addresses. */
void turn_inputs_run_underlay(struct agent *);

/* Whether flows or the agent answer neighbor solicitations. */
void turn_inputs_update_nd(struct agent *);

#endif /* agent/turn-inputs.h */
