/* libcurl's multi interface on OVS's poll loop: see rest-loop.h.
 *
 * libcurl says which sockets it waits for (socket_cb) and until when
 * (timer_cb).  The kernel keeps the sockets (epoll), since an agent has many
 * watches and most of them are silent: the poll loop waits for one descriptor,
 * and what a turn costs does not depend on their number.  rest_loop_run() lets
 * libcurl work on those that are ready. */

#include <config.h>

#include "agent/controller/rest-loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(rest_loop);

/* Sockets that one rest_loop_run() takes.  Others stay ready for the next. */
#define MAX_READY 64

struct rest_loop {
    CURLM *multi;
    int epoll;                      /* Has libcurl's sockets. */
    long long int timer;            /* When libcurl wants to run, or
                                     * LLONG_MAX. */
};

static int
socket_cb(CURL *easy OVS_UNUSED, curl_socket_t fd, int what, void *loop_,
          void *socket OVS_UNUSED)
{
    struct rest_loop *loop = loop_;
    struct epoll_event event = {
        .events = ((what & CURL_POLL_IN ? EPOLLIN : 0)
                   | (what & CURL_POLL_OUT ? EPOLLOUT : 0)),
        .data.fd = fd,
    };

    if (what == CURL_POLL_REMOVE) {
        /* What is closed has gone already. */
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
    } else if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event)
               && (errno != EEXIST
                   || epoll_ctl(loop->epoll, EPOLL_CTL_MOD, fd, &event))) {
        VLOG_ERR("epoll_ctl: %s", ovs_strerror(errno));
    }
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
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0) {
        ovs_abort(errno, "epoll_create1");
    }
    loop->timer = LLONG_MAX;
    return loop;
}

void
rest_loop_destroy(struct rest_loop *loop)
{
    curl_multi_cleanup(loop->multi);
    close(loop->epoll);
    free(loop);
}

CURLM *
rest_loop_get_multi(struct rest_loop *loop)
{
    return loop->multi;
}

/* Lets libcurl work on a socket that is ready. */
static void
run_socket(struct rest_loop *loop, const struct epoll_event *event)
{
    int ready = ((event->events & EPOLLIN ? CURL_CSELECT_IN : 0)
                 | (event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0)
                 | (event->events & (EPOLLERR | EPOLLHUP)
                    ? CURL_CSELECT_ERR : 0));
    int running;

    curl_multi_socket_action(loop->multi, event->data.fd, ready, &running);
}

void
rest_loop_run(struct rest_loop *loop)
{
    struct epoll_event events[MAX_READY];
    int n = epoll_wait(loop->epoll, events, MAX_READY, 0);
    int running;

    for (int i = 0; i < n; i++) {
        run_socket(loop, &events[i]);
    }
    if (loop->timer != LLONG_MAX && time_msec() >= loop->timer) {
        loop->timer = LLONG_MAX;
        curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0,
                                 &running);
    }
}

void
rest_loop_wait(struct rest_loop *loop)
{
    poll_fd_wait(loop->epoll, POLLIN);
    if (loop->timer != LLONG_MAX) {
        poll_timer_wait_until(loop->timer);
    }
}
