/* Connections to bridges, on top of Open vSwitch's rconn.
 *
 * rconn tries again after a second.  An ovs-vswitchd that comes back has no
 * flows, so each millisecond counts: while there is no connection, inotify
 * tells when the bridge's socket is made.  It is made before anybody listens
 * to it, so a connection that is refused is tried again for a moment.  It may
 * have been made before inotify looks: a switch that replaces a bridge closes
 * one socket and makes the next in one go.  So there is an attempt then,
 * too. */

#include <config.h>

#include "agent/switch/bridge-link.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "dirs.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofp-util.h"
#include "openvswitch/ofpbuf.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/rconn.h"
#include "openvswitch/vlog.h"
#include "socket-util.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(bridge_link);

#define MAX_BACKOFF 1               /* Seconds. */

/* After so much silence the switch is asked for an echo: msec.  rconn does not
 * do that on Unix domain sockets. */
#define PROBE_AFTER 5000

/* After so much silence a connection is given up: msec.  A switch that adds
 * thousands of ports is silent for some seconds.  One that takes flows may
 * have nothing to say for minutes: where messages queued up before it, and
 * some have gone now, it has read, and is not silent. */
#define MAX_SILENCE 12000

/* How often a new socket is tried, and for how long: msec. */
#define TRY_INTERVAL 10
#define TRY_FOR 500

void
bridge_link_init(struct bridge_link *link)
{
    *link = (struct bridge_link) {
        .rconn = rconn_create(0, MAX_BACKOFF, DSCP_DEFAULT,
                              1u << OFP14_VERSION | 1u << OFP15_VERSION),
        .tx = rconn_packet_counter_create(),
        .notify_fd = -1,
    };
}

/* Waiting for the socket. */

static void
stop_watching(struct bridge_link *link)
{
    if (link->notify_fd >= 0) {
        close(link->notify_fd);
        link->notify_fd = -1;
    }
}

/* Tries now, and for so many msec if that fails. */
static void
try_for(struct bridge_link *link, int duration)
{
    link->try_at = time_msec();
    link->try_until = link->try_at + duration;
}

static void
start_watching(struct bridge_link *link)
{
    if (link->notify_fd < 0) {
        link->notify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (link->notify_fd >= 0) {
            ignore(inotify_add_watch(link->notify_fd, ovs_rundir(),
                                     IN_CREATE | IN_MOVED_TO));
            try_for(link, TRY_INTERVAL);
        }
    }
}

/* Whether the socket of the bridge has been made since the last call. */
static bool
socket_is_new(const struct bridge_link *link)
{
    char *name = xasprintf("%s.mgmt", link->bridge);
    union {
        struct inotify_event align;
        char data[4096];
    } buf;
    bool found = false;
    ssize_t n;

    while (link->notify_fd >= 0
           && (n = read(link->notify_fd, buf.data, sizeof buf)) > 0) {
        for (char *p = buf.data; p < buf.data + n; ) {
            const struct inotify_event *event
                = ALIGNED_CAST(const struct inotify_event *, p);

            found |= event->len && !strcmp(event->name, name);
            p += sizeof *event + event->len;
        }
    }
    free(name);
    return found;
}

static bool
must_try(const struct bridge_link *link)
{
    return (time_msec() <= link->try_until
            && !strcmp(rconn_get_state(link->rconn), "BACKOFF"));
}

/* Tries at once if the socket has just been made, and again if nobody listens
 * to it yet. */
static void
watch_socket(struct bridge_link *link)
{
    if (!link->bridge || link->is_up) {
        stop_watching(link);
        return;
    }
    start_watching(link);
    if (socket_is_new(link)) {
        try_for(link, TRY_FOR);
    }
    if (must_try(link) && time_msec() >= link->try_at) {
        link->try_at = time_msec() + TRY_INTERVAL;
        rconn_connect(link->rconn, link->target, link->target);
    }
}

void
bridge_link_destroy(struct bridge_link *link)
{
    stop_watching(link);
    free(link->target);
    rconn_destroy(link->rconn);
    rconn_packet_counter_destroy(link->tx);
    free(link->bridge);
}

bool
bridge_link_set_bridge(struct bridge_link *link, const char *bridge)
{
    if (nullable_string_is_equal(link->bridge, bridge)) {
        return false;
    }
    rconn_disconnect(link->rconn);
    link->is_up = false;
    stop_watching(link);
    free(link->bridge);
    free(link->target);
    link->bridge = nullable_xstrdup(bridge);
    link->target = NULL;
    if (bridge) {
        link->target = xasprintf("unix:%s/%s.mgmt", ovs_rundir(), bridge);
        rconn_connect(link->rconn, link->target, link->target);
    }
    return true;
}

static void
end_silence(struct bridge_link *link)
{
    link->silence_ms = 0;
    link->asked = false;
}

/* Asks a silent switch for an echo, and gives the connection up if that has
 * been silent for too long.  When we did not run for a while ourselves, that
 * is not the switch's silence. */
static void
check_silence(struct bridge_link *link)
{
    static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 5);
    long long int now = time_msec();

    if (rconn_is_connected(link->rconn)) {
        link->silence_ms += MIN(now - link->run_at, 1000);
        if (link->silence_ms > MAX_SILENCE) {
            VLOG_WARN_RL(&rl, "%s: the switch has said nothing for %d ms",
                         link->bridge, link->silence_ms);
            end_silence(link);
            rconn_reconnect(link->rconn);
        } else if (link->silence_ms > PROBE_AFTER && !link->asked) {
            enum ofp_version version = rconn_get_version(link->rconn);

            bridge_link_send(link, ofputil_encode_echo_request(version));
            link->asked = true;
        }
    } else {
        end_silence(link);
    }
    link->run_at = now;
}

bool
bridge_link_run(struct bridge_link *link)
{
    unsigned int n_before = bridge_link_n_queued(link);
    unsigned int n_queued;
    bool was_up = link->is_up;
    unsigned int seqno;

    rconn_run(link->rconn);
    n_queued = bridge_link_n_queued(link);
    link->may_queue = n_queued > 0;
    if (n_queued < n_before) {
        end_silence(link);
    }
    check_silence(link);
    link->is_up = rconn_is_connected(link->rconn);
    watch_socket(link);
    if (!link->is_up) {
        return was_up;
    }
    seqno = rconn_get_connection_seqno(link->rconn);
    if (was_up && seqno == link->seqno) {
        return false;
    }
    link->seqno = seqno;
    link->version = rconn_get_version(link->rconn);
    return true;
}

/* What was noticed since bridge_link_run(), while reading or sending, is for
 * its next call to say. */
static void
wait_for_loss(const struct bridge_link *link)
{
    if (link->is_up && !rconn_is_connected(link->rconn)) {
        poll_immediate_wake();
    }
}

void
bridge_link_wait(struct bridge_link *link)
{
    wait_for_loss(link);
    rconn_run_wait(link->rconn);
    rconn_recv_wait(link->rconn);
    if (link->notify_fd >= 0) {
        poll_fd_wait(link->notify_fd, POLLIN);
        if (must_try(link)) {
            poll_timer_wait_until(link->try_at);
        }
    }
}

void
bridge_link_wait_until(struct bridge_link *link, long long int when)
{
    wait_for_loss(link);
    rconn_run_wait(link->rconn);
    poll_timer_wait_until(when);
}

bool
bridge_link_is_connected(const struct bridge_link *link)
{
    return rconn_is_connected(link->rconn);
}

void
bridge_link_reconnect(struct bridge_link *link)
{
    rconn_reconnect(link->rconn);
}

/* Whether 'msg' is about an echo, so nobody else's business.  Answers a
 * request. */
static bool
handle_echo(struct bridge_link *link, const struct ofpbuf *msg)
{
    enum ofptype type;

    if (ofptype_decode(&type, msg->data)) {
        return false;
    }
    if (type == OFPTYPE_ECHO_REQUEST) {
        bridge_link_send(link, ofputil_encode_echo_reply(msg->data));
    }
    return type == OFPTYPE_ECHO_REQUEST || type == OFPTYPE_ECHO_REPLY;
}

struct ofpbuf *
bridge_link_recv(struct bridge_link *link)
{
    struct ofpbuf *msg = rconn_recv(link->rconn);

    if (msg) {
        end_silence(link);
    }
    while (msg && handle_echo(link, msg)) {
        ofpbuf_delete(msg);
        msg = rconn_recv(link->rconn);
    }
    return msg;
}

ovs_be32
bridge_link_send(struct bridge_link *link, struct ofpbuf *msg)
{
    const struct ofp_header *oh = msg->data;
    ovs_be32 xid = oh->xid;

    link->may_queue = true;
    rconn_send(link->rconn, msg, link->tx);
    return xid;
}

unsigned int
bridge_link_n_queued(const struct bridge_link *link)
{
    return (link->may_queue ? rconn_packet_counter_n_packets(link->tx)
            : 0);
}
