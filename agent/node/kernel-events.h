/* What the kernel says of its own accord about devices, addresses, routes and
 * neighbours (rtnetlink). */
#ifndef GA_KERNEL_EVENTS_H
#define GA_KERNEL_EVENTS_H 1

#include "openvswitch/list.h"

struct kernel_events;
struct ofpbuf;

enum kernel_topic {
    KERNEL_DEVICES,                 /* And their addresses. */
    KERNEL_ROUTES,                  /* And rules. */
    KERNEL_NEIGHBORS,
};

/* Is given a message about its topic, which is a whole netlink message, or
 * NULL: messages were lost. */
struct kernel_listener {
    struct ovs_list node;           /* In struct kernel_events. */
    enum kernel_topic topic;
    void (*cb)(struct ofpbuf *, void *aux);
    void *aux;
};

struct kernel_events *kernel_events_create(void);

/* No listener may be left. */
void kernel_events_destroy(struct kernel_events *);

/* Tells '*listener', which the caller has filled in, apart from 'node', of
 * what happens from now on. */
void kernel_events_listen(struct kernel_events *, struct kernel_listener *);
void kernel_events_forget(struct kernel_listener *);

/* Calls the listeners.  Whoever listens may call this: what has been read
 * since the last kernel_events_wait() is not read again. */
void kernel_events_run(struct kernel_events *);
void kernel_events_wait(struct kernel_events *);

#endif /* agent/node/kernel-events.h */
