/* The last stage of a turn: alarms that modules cannot raise themselves. */
#ifndef GA_TURN_ALARMS_H
#define GA_TURN_ALARMS_H 1

struct agent;

/* Raises and clears what local, ofctrl, neigh_cache, controller and disks say
 * is wrong. */
void turn_alarms_run(struct agent *);

#endif /* agent/turn-alarms.h */
