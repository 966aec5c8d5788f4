/* geneve-tap at a controller: an NVE object with the receive table, so that
 * agents negotiate with it, and the tables of its remotes, so that it
 * negotiates with them. */
#ifndef GA_TAP_REGISTER_H
#define GA_TAP_REGISTER_H 1

struct tap;

/* Starts a process for that, if a controller is given.  It ends with this
 * one.  Returns a file descriptor for tap_choice_receive(), or -1. */
int tap_register_start(const struct tap *);

#endif /* utilities/geneve-tap/tap-register.h */
