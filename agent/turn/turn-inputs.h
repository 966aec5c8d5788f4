/* Stages of turn.c that take what the local database, the controller and the
 * devices say over into the board and the model. */
#ifndef GA_TURN_INPUTS_H
#define GA_TURN_INPUTS_H 1

struct agent;

/* Takes the settings, interfaces and tunnel ports that local_run() found
 * changed. */
void turn_inputs_take_local(struct agent *);

/* Takes the objects that the controller has brought since the last turn. */
void turn_inputs_run_objects(struct agent *);

/* Tells the gate what is known, and the model once that is the whole desired
 * state. */
void turn_inputs_update_gate(struct agent *);

/* Follows the MTU of the devices that have our underlay addresses. */
void turn_inputs_run_underlay(struct agent *);

/* Decides whether flows or the agent answer neighbor solicitations. */
void turn_inputs_update_nd(struct agent *);

#endif /* agent/turn/turn-inputs.h */
