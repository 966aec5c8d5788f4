/* From the remotes to the devices. */
#ifndef GA_TAP_RECEIVE_H
#define GA_TAP_RECEIVE_H 1

struct tap;
struct tap_receive;

struct tap_receive *tap_receive_create(struct tap *);
void tap_receive_destroy(struct tap_receive *);

/* Receives what a socket has, up to a batch. */
void tap_receive_run(struct tap_receive *, int fd);

#endif /* utilities/geneve-tap/tap-receive.h */
