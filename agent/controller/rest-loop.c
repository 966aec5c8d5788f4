/* libcurl's multi interface on OVS's poll loop: see rest-loop.h.
 *
 * libcurl says which sockets it waits for (socket_cb) and until when
 * (timer_cb).  rest_loop_wait() hands these to the poll loop.  rest_loop_run()
 * asks with one poll() which sockets are ready, and lets libcurl work on those
 * only.  Unlike curl_multi_fdset() this has no limit of 1,024 file
 * descriptors. */

#include <config.h>

#include "agent/controller/rest-loop.h"

#include <poll.h>
#include <stdlib.h>

#include "hash.h"
#include "openvswitch/hmap.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

struct rest_loop {
    CURLM *multi;
    struct hmap sockets;            /* Contains "struct rest_socket"s. */
    long long int timer;            /* When libcurl wants to run, or
                                     * LLONG_MAX. */
};

struct rest_socket {
    struct hmap_node node;          /* In struct rest_loop's 'sockets'. */
    curl_socket_t fd;
    short int events;               /* POLLIN, POLLOUT. */
};

static int
socket_cb(CURL *easy OVS_UNUSED, curl_socket_t fd, int what, void *loop_,
          void *socket_)
{
    struct rest_socket *s = socket_;
    struct rest_loop *loop = loop_;

    if (what == CURL_POLL_REMOVE) {
        if (s) {
            curl_multi_assign(loop->multi, fd, NULL);
            hmap_remove(&loop->sockets, &s->node);
            free(s);
        }
        return 0;
    }
    if (!s) {
        s = xzalloc(sizeof *s);
        s->fd = fd;
        hmap_insert(&loop->sockets, &s->node, hash_int(fd, 0));
        curl_multi_assign(loop->multi, fd, s);
    }
    s->events = ((what & CURL_POLL_IN ? POLLIN : 0)
                 | (what & CURL_POLL_OUT ? POLLOUT : 0));
    return 0;
}

static int
timer_cb(CURLM *multi OVS_UNUSED, long timeout_ms, void *loop_)
{
    struct rest_loop *loop = loop_;

    loop->timer = timeout_ms < 0 ? LLONG_MAX : time_msec() + timeout_ms;
    return 0;
}

struct rest_loop *
rest_loop_create(void)
{
    struct rest_loop *loop = xzalloc(sizeof *loop);

    loop->multi = curl_multi_init();
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, socket_cb);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, timer_cb);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    hmap_init(&loop->sockets);
    loop->timer = LLONG_MAX;
    return loop;
}

void
rest_loop_destroy(struct rest_loop *loop)
{
    struct rest_socket *s;

    curl_multi_cleanup(loop->multi);
    HMAP_FOR_EACH_SAFE (s, node, &loop->sockets) {
        hmap_remove(&loop->sockets, &s->node);
        free(s);
    }
    hmap_destroy(&loop->sockets);
    free(loop);
}

CURLM *
rest_loop_get_multi(struct rest_loop *loop)
{
    return loop->multi;
}

/* Lets libcurl work on those of the 'n' sockets in 'pfds' that are ready. */
static void
run_sockets(struct rest_loop *loop, const struct pollfd *pfds, size_t n)
{
    int running;

    for (size_t i = 0; i < n; i++) {
        short int revents = pfds[i].revents;
        int ready = ((revents & POLLIN ? CURL_CSELECT_IN : 0)
                     | (revents & POLLOUT ? CURL_CSELECT_OUT : 0)
                     | (revents & (POLLERR | POLLHUP | POLLNVAL)
                        ? CURL_CSELECT_ERR : 0));

        if (ready) {
            curl_multi_socket_action(loop->multi, pfds[i].fd, ready,
                                     &running);
        }
    }
}

void
rest_loop_run(struct rest_loop *loop)
{
    size_t n = hmap_count(&loop->sockets);
    struct pollfd *pfds = xmalloc(MAX(1, n) * sizeof *pfds);
    struct rest_socket *s;
    int running;
    size_t i = 0;

    HMAP_FOR_EACH (s, node, &loop->sockets) {
        pfds[i++] = (struct pollfd) { .fd = s->fd, .events = s->events };
    }
    if (n && poll(pfds, n, 0) > 0) {
        run_sockets(loop, pfds, n);
    }
    free(pfds);
    if (time_msec() >= loop->timer) {
        loop->timer = LLONG_MAX;
        curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0,
                                 &running);
    }
}

void
rest_loop_wait(struct rest_loop *loop)
{
    struct rest_socket *s;

    HMAP_FOR_EACH (s, node, &loop->sockets) {
        poll_fd_wait(s->fd, s->events);
    }
    if (loop->timer != LLONG_MAX) {
        poll_timer_wait_until(loop->timer);
    }
}
