/* geneve-tap at a controller: an NVE object with the receive table, so that
 * agents negotiate with it. */
#ifndef GA_TAP_REGISTER_H
#define GA_TAP_REGISTER_H 1

struct tap;

/* Starts a process that keeps the object as it should be, if a controller is
 * given.  It ends with this one. */
void tap_register_start(const struct tap *);

#endif /* utilities/geneve-tap/tap-register.h */
