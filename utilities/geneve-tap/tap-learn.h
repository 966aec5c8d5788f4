/* Behind which remote a MAC address is: what bridges learn from the packets
 * that they receive. */
#ifndef GA_TAP_LEARN_H
#define GA_TAP_LEARN_H 1

#include <stddef.h>
#include <stdint.h>

struct tap_learn;

struct tap_learn *tap_learn_create(void);
void tap_learn_destroy(struct tap_learn *);

/* A frame from 'mac' came from 'remote' into 'tunnel', at 'now' (seconds). */
void tap_learn_add(struct tap_learn *, size_t tunnel, const uint8_t mac[6],
                   size_t remote, int64_t now);

#define TAP_LEARN_NONE SIZE_MAX

/* The remote, or TAP_LEARN_NONE: the frame has to go to all. */
size_t tap_learn_find(const struct tap_learn *, size_t tunnel,
                      const uint8_t mac[6], int64_t now);

#endif /* utilities/geneve-tap/tap-learn.h */
