/* geneve-tap: a Geneve endpoint of its own, see geneve-tap(8).
 *
 * Everything that needs privileges is opened first; then they are dropped, and
 * one loop moves packets.  The two directions are tap-send.c and
 * tap-receive.c; what they share is in tap.h. */

#include <config.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-learn.h"
#include "utilities/geneve-tap/tap-options.h"
#include "utilities/geneve-tap/tap-receive.h"
#include "utilities/geneve-tap/tap-register.h"
#include "utilities/geneve-tap/tap-remote.h"
#include "utilities/geneve-tap/tap-send.h"
#include "utilities/geneve-tap/tap-stats.h"
#include "utilities/geneve-tap/tap.h"

static _Noreturn void __attribute__((format(printf, 1, 2)))
die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "geneve-tap: ");
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

/* Setting up. */

static void
open_tunnels(struct tap *tap)
{
    tap->n_tunnels = tap->config.n_tunnels;
    tap->tunnels = tap_alloc(tap->n_tunnels, sizeof *tap->tunnels);
    for (size_t i = 0; i < tap->n_tunnels; i++) {
        struct tap_tunnel *t = &tap->tunnels[i];

        t->config = &tap->config.tunnels[i];
        int error = tap_device_open(&t->device, t->config->device,
                                    t->config->mode == TAP_MODE_ETHERNET,
                                    tap->config.offload);
        if (error) {
            die("device %s: %s", t->config->device, strerror(error));
        }
    }
}

static void
start_tunnels(struct tap *tap)
{
    for (size_t i = 0; i < tap->n_tunnels; i++) {
        const struct tap_tunnel_config *c = tap->tunnels[i].config;
        unsigned int mtu = c->mtu ? c->mtu
                           : tap_remote_common_mtu(tap, c->mode);
        int error = tap_device_start(c->device, mtu);

        if (error) {
            die("device %s, MTU %u: %s", c->device, mtu, strerror(error));
        }
        syslog(LOG_INFO, "%s: VNI %u, %s, MTU %u", c->device, c->vni,
               tap_config_mode_to_string(c->mode), mtu);
    }
}

static void
open_sockets(struct tap *tap)
{
    struct tap_sockets *s = &tap->sockets;

    *s = (struct tap_sockets) { .ip4.receive = -1, .ip6.receive = -1 };
    /* The kernel does not cut what has no checksum. */
    s->gso = tap->config.offload && tap->config.checksums;
    for (size_t i = 0; i < tap->n_remotes; i++) {
        int family = tap->remotes[i].address.ss_family;

        if (tap_socket_get_set(s, family)->receive < 0) {
            const char *what = tap_socket_open(s, family, &tap->config);

            if (what) {
                die("port %s: %s%s%s", tap->config.port, what,
                    errno ? ": " : "", errno ? strerror(errno) : "");
            }
        }
    }
}

static void
prepare_admit(struct tap *tap)
{
    struct tap_admit *admit = &tap->admit;
    uint32_t *vnis = tap_alloc(tap->n_tunnels, sizeof *vnis);
    enum tap_mode *modes = tap_alloc(tap->n_tunnels, sizeof *modes);

    for (size_t i = 0; i < tap->n_tunnels; i++) {
        vnis[i] = tap->tunnels[i].config->vni;
        modes[i] = tap->tunnels[i].config->mode;
    }
    admit->table = tap->config.table;
    admit->policy = (struct geneve_policy) {
        .supported = &admit->table,
        .max_option_bytes = tap->config.table.limits.max_option_bytes,
        .parses_options = tap->config.parses_options,
    };
    admit->vnis = vnis;
    admit->modes = modes;
    admit->n_tunnels = tap->n_tunnels;
}

/* Becomes 'user', who can neither open devices nor change them. */
static void
drop_privileges(const char *user)
{
    const struct passwd *pw = getpwnam(user);

    if (geteuid()) {
        return;
    }
    if (!pw) {
        die("there is no user %s", user);
    }
    if (setgroups(0, NULL) || setgid(pw->pw_gid) || setuid(pw->pw_uid)
        || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
        die("user %s: %s", user, strerror(errno));
    }
}

/* Running. */

enum {
    TOKEN_SIGNAL = 1 << 24, TOKEN_STATS, TOKEN_CHOICE, TOKEN_IP4, TOKEN_IP6
};

/* What there is to wait for besides packets. */
struct listeners {
    int stats;                      /* tap_stats_answer(). */
    int choice;                     /* tap_choice_receive(); or -1. */
};

static void
watch(int epoll, int fd, uint32_t token)
{
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = token };

    if (fd >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) {
        die("epoll: %s", strerror(errno));
    }
}

static int
watch_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int64_t
get_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}

/* Milliseconds to wait; -1 for ever, 0 if the time is up. */
static int
get_timeout(const struct tap *tap)
{
    if (tap->config.idle <= 0) {
        return -1;
    }
    int64_t left = tap->last_received + tap->config.idle - tap->now;
    return left <= 0 ? 0 : left < 3600 ? left * 1000 : 3600 * 1000;
}

/* Returns false if the program shall end. */
static bool
handle_event(struct tap *tap, struct tap_send *tx, struct tap_receive *rx,
             uint32_t token, struct listeners *l)
{
    switch (token) {
    case TOKEN_SIGNAL: return false;
    case TOKEN_STATS: tap_stats_answer(tap, l->stats); return true;
    case TOKEN_CHOICE:
        if (!tap_choice_receive(tap, l->choice)) {
            close(l->choice);
            l->choice = -1;
        }
        return true;
    case TOKEN_IP4: tap_receive_run(rx, tap->sockets.ip4.receive); return true;
    case TOKEN_IP6: tap_receive_run(rx, tap->sockets.ip6.receive); return true;
    default: tap_send_run(tx, token); return true;
    }
}

static void
run(struct tap *tap, struct listeners *l)
{
    struct tap_send *tx = tap_send_create(tap);
    struct tap_receive *rx = tap_receive_create(tap);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[16];
    bool go_on = true;

    watch(epoll, watch_signals(), TOKEN_SIGNAL);
    watch(epoll, l->stats, TOKEN_STATS);
    watch(epoll, l->choice, TOKEN_CHOICE);
    watch(epoll, tap->sockets.ip4.receive, TOKEN_IP4);
    watch(epoll, tap->sockets.ip6.receive, TOKEN_IP6);
    for (size_t i = 0; i < tap->n_tunnels; i++) {
        watch(epoll, tap->tunnels[i].device.fd, i);
    }
    tap->now = tap->last_received = get_seconds();
    while (go_on) {
        int n = epoll_wait(epoll, events, 16, get_timeout(tap));

        tap->now = get_seconds();
        for (int i = 0; i < n && go_on; i++) {
            go_on = handle_event(tap, tx, rx, events[i].data.u32, l);
        }
        if (go_on && !get_timeout(tap)) {
            syslog(LOG_INFO, "nothing received for %ld s: ending",
                   tap->config.idle);
            go_on = false;
        }
    }
    tap_send_destroy(tx);
    tap_receive_destroy(rx);
}

int
main(int argc, char *argv[])
{
    static struct tap tap;
    struct listeners listeners;

    tap_config_init(&tap.config);
    if (tap_options_parse(argc, argv, &tap.config) == TAP_COMMAND_STATS) {
        int error = tap_stats_print(tap.config.control);

        if (error) {
            die("%s: %s", tap.config.control, strerror(error));
        }
        return 0;
    }

    /* OpenSSL writes without MSG_NOSIGNAL, and standard error may be a pipe
     * that nobody reads any more. */
    signal(SIGPIPE, SIG_IGN);

    /* systemd's journal gets both, and one is enough. */
    openlog("geneve-tap", LOG_PID | (tap.config.foreground
                                     && !getenv("JOURNAL_STREAM")
                                     ? LOG_PERROR : 0), LOG_DAEMON);
    open_tunnels(&tap);
    const char *error = tap_remote_open_all(&tap);
    if (error) {
        die("%s", error);
    }
    open_sockets(&tap);
    prepare_admit(&tap);
    if (tap.n_remotes > 1) {
        tap.learn = tap_learn_create();
    }
    start_tunnels(&tap);
    listeners.stats = tap_stats_listen(tap.config.control);
    if (listeners.stats < 0) {
        syslog(LOG_WARNING, "%s: %s: no --stats", tap.config.control,
               strerror(errno));
    }
    if (!tap.config.foreground && daemon(0, 0)) {
        die("daemon: %s", strerror(errno));
    }
    drop_privileges(tap.config.user);
    listeners.choice = tap_register_start(&tap);
    run(&tap, &listeners);
    return 0;
}
