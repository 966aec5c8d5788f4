/* An OpenFlow connection to a bridge of this node.
 *
 * It goes to the bridge's management socket, and comes back by itself when it
 * is lost.  OpenFlow 1.4 and 1.5 are spoken. */
#ifndef GA_BRIDGE_LINK_H
#define GA_BRIDGE_LINK_H 1

#include <stdbool.h>

#include "openflow/openflow.h"
#include "openvswitch/types.h"

struct ofpbuf;
struct rconn;
struct rconn_packet_counter;

struct bridge_link {
    char *bridge;                   /* NULL: none. */
    char *target;                   /* Of its socket, for rconn. */
    int notify_fd;                  /* While there is no connection: tells
                                     * (inotify) of files that are made in the
                                     * run directory; -1: none. */
    long long int try_at;           /* The next attempt of ours, which does
                                     * not wait for rconn's: msec. */
    long long int try_until;        /* The last one: msec, or 0. */
    struct rconn *rconn;
    struct rconn_packet_counter *tx;    /* Messages that are queued... */
    bool may_queue;                 /* ...if this is set; else none are. */
    bool is_up;                     /* As bridge_link_run() found it last. */
    long long int run_at;           /* Its last call: time_msec(). */
    int silence_ms;                 /* If 'is_up': since the switch said
                                     * anything. */
    bool asked;                     /* In this silence, for an echo. */
    unsigned int seqno;             /* If 'is_up': of the connection. */
    enum ofp_version version;       /* If 'is_up': of the connection. */
};

void bridge_link_init(struct bridge_link *);
void bridge_link_destroy(struct bridge_link *);

/* Connects to 'bridge' (NULL: to none), whose socket is in Open vSwitch's run
 * directory.  Returns false if that is the present one already; then nothing
 * happens.  Else the connection is down at first: the next bridge_link_run()
 * does not report that it was lost. */
bool bridge_link_set_bridge(struct bridge_link *, const char *bridge);

/* Keeps the connection going.  Returns true if it is not the one of the last
 * call: a new one if 'is_up', else it was lost.  Then all that was known of
 * the switch is void, and requests under way will not be answered. */
bool bridge_link_run(struct bridge_link *);
void bridge_link_wait(struct bridge_link *);

/* Likewise, but what the switch sends before 'when', in time_msec(), is no
 * reason to wake up. */
void bridge_link_wait_until(struct bridge_link *, long long int when);

bool bridge_link_is_connected(const struct bridge_link *);

/* Gives the connection up and makes a new one. */
void bridge_link_reconnect(struct bridge_link *);

/* Returns the next message, for the caller to free, or NULL if there is none
 * now.  Answers echo requests itself. */
struct ofpbuf *bridge_link_recv(struct bridge_link *);

/* Queues 'msg', which is taken over, and returns its transaction id.  A
 * message is dropped if the connection is gone: bridge_link_run() will say
 * so. */
ovs_be32 bridge_link_send(struct bridge_link *, struct ofpbuf *msg);

/* Returns how many messages are queued, not yet sent. */
unsigned int bridge_link_n_queued(const struct bridge_link *);

#endif /* agent/switch/bridge-link.h */
