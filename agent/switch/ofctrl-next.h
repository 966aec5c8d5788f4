/* What ofctrl does next.  Only for ofctrl.c. */
#ifndef GA_OFCTRL_NEXT_H
#define GA_OFCTRL_NEXT_H 1

struct ofctrl;

/* There is a new connection: begins to read what the switch has. */
void ofctrl_next_start(struct ofctrl *);

/* Does what can be done now, if the connection is up.  All that changes the
 * switch begins here, in STEADY and when the desired state is complete. */
void ofctrl_next_run(struct ofctrl *);
void ofctrl_next_wait(const struct ofctrl *);

#endif /* agent/switch/ofctrl-next.h */
