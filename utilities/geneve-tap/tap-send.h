/* From the devices to the remotes. */
#ifndef GA_TAP_SEND_H
#define GA_TAP_SEND_H 1

#include <stddef.h>

struct tap;
struct tap_send;

struct tap_send *tap_send_create(struct tap *);
void tap_send_destroy(struct tap_send *);

/* Sends what a tunnel's device has, up to a batch. */
void tap_send_run(struct tap_send *, size_t tunnel);

#endif /* utilities/geneve-tap/tap-send.h */
