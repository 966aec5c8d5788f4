/* The last stage of a turn: alarms that modules cannot raise themselves. */
#ifndef GA_TURN_ALARMS_H
#define GA_TURN_ALARMS_H 1

/* In ms.  The pause is between two looks, and the delay how long at most what
 * became wrong meanwhile waits for the next turn, if nothing else starts
 * one. */
#define TURN_ALARMS_PAUSE 100
#define TURN_ALARMS_DELAY 1000

struct agent;

/* Raises and clears what local, ofctrl, neigh_cache, controller and disks say
 * is wrong: at once, or up to TURN_ALARMS_DELAY later if it has just done
 * so. */
void turn_alarms_run(struct agent *);
void turn_alarms_wait(const struct agent *);

#endif /* agent/turn/turn-alarms.h */
