/* What negotiation chose for a remote, on its way from the process that speaks
 * to the controller (tap-register.c) to the one that moves packets. */
#ifndef GA_TAP_CHOICE_H
#define GA_TAP_CHOICE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/option.h"

struct tap;

struct tap_choice {
    uint32_t remote;                /* Its number. */
    bool blocked;                   /* Nothing is sent to it. */
    uint8_t n;                      /* Options that are sent... */
    uint8_t options[GENEVE_MAX_OPTIONS]; /* ...by their numbers among those of
                                          * the remote, in this order. */
};

/* Gives a choice, and a JSON text for --stats, to the other end of 'fd', and
 * waits until it has taken effect there.  Returns false if there is nobody. */
bool tap_choice_send(int fd, const struct tap_choice *, const char *text);

/* At the other end: makes what came take effect, and says so.  Returns false
 * if 'fd' is of no more use. */
bool tap_choice_receive(struct tap *, int fd);

#endif /* utilities/geneve-tap/tap-choice.h */
