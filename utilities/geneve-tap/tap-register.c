/* At a controller.
 *
 * A process of its own, so that a slow controller delays no packet.  It makes
 * this host's NVE object if there is none, reads the list of NVEs, and then
 * watches them from there on.  Whenever the own status is not what it should
 * be, it is written (tap-own-nve.c).  Whenever a remote says something else,
 * or an operator about it, the options for it are chosen anew (tap-peers.c)
 * and given to the process that moves packets (tap-choice.c).
 *
 * A watch that ends goes on where it was; if the controller no longer knows
 * how, the list is read again.  As long as it does not answer, everything
 * stays as it is.
 *
 * A remote that takes an option back (status.withdrawing) waits for an
 * AdvertisementAck of each of its senders: docs/operations.md. */

#include <config.h>

#include "utilities/geneve-tap/tap-register.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-http.h"
#include "utilities/geneve-tap/tap-own-nve.h"
#include "utilities/geneve-tap/tap-peers.h"
#include "utilities/geneve-tap/tap.h"

#define WATCH_SECONDS 240
#define PAGE 500                    /* Objects of a list. */
#define MAX_PAUSE 30                /* Seconds, between attempts. */
#define RESTART_PAUSE 5             /* Seconds, should this process die. */

struct registration {
    const struct tap *tap;
    const struct tap_controller_config *config;
    struct tap_own_nve own;
    struct tap_peers peers;
    int fd;                         /* To the process that moves packets. */
    char *version;                  /* From which on to watch; NULL: read the
                                     * list first. */
};

static int64_t
get_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + 1;
}

/* Acknowledgements. */

static json_t *
make_ack(const struct registration *reg, const struct tap_peer *peer,
         const char *name, int64_t id)
{
    return json_pack(
        "{ss ss s{ss s{ss}} s{ss ss so}}", "apiVersion", "nvo3.io/v1alpha1",
        "kind", "AdvertisementAck", "metadata", "name", name, "labels",
        "nvo3.io/nve", peer->name, "spec", "sender", reg->own.name,
        "receiver", peer->name, "applied", json_sprintf("%"PRId64, id));
}

static void
write_ack(struct registration *reg, struct tap_peer *peer, int64_t id)
{
    char name[600], path[700];
    long int status;

    snprintf(name, sizeof name, "%s.%s", reg->own.name, peer->name);
    snprintf(path, sizeof path, "/advertisementacks/%s", name);
    if (!id) {
        status = tap_http_write(reg->config, "DELETE", path, NULL);
    } else {
        json_t *ack = make_ack(reg, peer, name, id);

        status = tap_http_write(reg->config, "POST", "/advertisementacks",
                                ack);
        if (status == 409) {
            status = tap_http_write(reg->config, "PATCH", path, ack);
        }
        json_decref(ack);
    }
    /* Else it is tried again in a second. */
    if (status / 100 == 2 || status == 404) {
        peer->acked = id;
    }
}

/* Says what has taken effect; takes back what nobody waits for any more. */
static void
write_acks(struct registration *reg)
{
    for (size_t i = 0; i < reg->peers.n; i++) {
        struct tap_peer *peer = &reg->peers.peers[i];
        int64_t id = tap_peers_get_awaited(peer);

        if (id != peer->acked && !peer->gone_since) {
            write_ack(reg, peer, id);
        }
    }
}

/* Chooses for all remotes.  Ends this process if the other one is gone. */
static void
choose(struct registration *reg)
{
    struct tap_choice choice;

    tap_peers_expire(&reg->peers, get_seconds());
    for (size_t i = 0; i < reg->tap->n_remotes; i++) {
        const char *text = tap_peers_choose(&reg->peers, i, &choice);

        if (text) {
            syslog(LOG_INFO, "remote %s: %s",
                   reg->tap->remotes[i].config->address, text);
            if (!tap_choice_send(reg->fd, &choice, text)) {
                syslog(LOG_ERR, "remote %s: not taken over",
                       reg->tap->remotes[i].config->address);
                _exit(1);
            }
        }
    }
    write_acks(reg);
}

/* Objects. */

static void
set_version(struct registration *reg, const json_t *json)
{
    const char *version = json_string_value(json_object_get(
        json_object_get(json, "metadata"), "resourceVersion"));

    if (version) {
        free(reg->version);
        reg->version = tap_alloc_string(version);
    }
}

static const char *
get_name(const json_t *object)
{
    const char *name = json_string_value(json_object_get(
        json_object_get(object, "metadata"), "name"));

    return name ? name : "";
}

static void
update(struct registration *reg, json_t *object)
{
    if (!strcmp(get_name(object), reg->own.name)) {
        tap_own_nve_check(&reg->own, object);
    } else {
        tap_peers_update(&reg->peers, object);
    }
}

/* An event of the watch.  Returns false if it was the last one. */
static bool
handle_event(json_t *event, void *reg_)
{
    struct registration *reg = reg_;
    const char *type = json_string_value(json_object_get(event, "type"));
    json_t *object = json_object_get(event, "object");

    if (!type) {
        return true;
    } else if (!strcmp(type, "ERROR")) {
        free(reg->version);
        reg->version = NULL;
        return false;
    }
    set_version(reg, object);
    if (!strcmp(type, "ADDED") || !strcmp(type, "MODIFIED")) {
        update(reg, object);
    } else if (!strcmp(type, "DELETED")) {
        if (!strcmp(get_name(object), reg->own.name)) {
            tap_own_nve_create(&reg->own);
        }
        tap_peers_remove(&reg->peers, get_name(object), get_seconds());
    }
    choose(reg);
    return true;
}

static void
handle_tick(void *reg)
{
    choose(reg);
}

/* Returns the "continue" of a page, or NULL if it is the last one; the version
 * of the first is what counts. */
static char *
read_page(struct registration *reg, const json_t *page, bool first)
{
    const char *more = json_string_value(json_object_get(
        json_object_get(page, "metadata"), "continue"));
    json_t *object;
    size_t i;

    if (first) {
        set_version(reg, page);
    }
    json_array_foreach (json_object_get(page, "items"), i, object) {
        update(reg, object);
    }
    return more && *more ? tap_alloc_string(more) : NULL;
}

/* Reads the list of NVEs.  Returns false if that was not possible. */
static bool
read_list(struct registration *reg)
{
    char path[2048], *more = NULL;
    long int status;

    tap_own_nve_create(&reg->own);
    tap_peers_start_list(&reg->peers);
    do {
        bool first = !more;
        json_t *page;

        snprintf(path, sizeof path, "/nves?limit=%d%s%s", PAGE,
                 more ? "&continue=" : "", more ? more : "");
        free(more);
        more = NULL;
        status = tap_http_get(reg->config, path, &page);
        if (status == 200) {
            more = read_page(reg, page, first);
        }
        json_decref(page);
    } while (more);
    if (status == 200 && reg->version) {
        tap_peers_end_list(&reg->peers, get_seconds());
        choose(reg);
        return true;
    }
    free(reg->version);
    reg->version = NULL;
    return false;
}

/* Watches until the controller ends it.  Returns whether it was possible. */
static bool
watch_nves(struct registration *reg)
{
    const struct tap_http_watcher watcher = {
        .handle = handle_event,
        .tick = handle_tick,
        .aux = reg,
    };
    char path[600];

    snprintf(path, sizeof path, "/nves?watch=1&allowWatchBookmarks=1"
             "&timeoutSeconds=%d&resourceVersion=%s", WATCH_SECONDS,
             reg->version);
    long int status = tap_http_watch(reg->config, path, WATCH_SECONDS + 30,
                                     &watcher);
    if (status == 410) {
        free(reg->version);
        reg->version = NULL;
    }
    return status == 200 || status == 410;
}

static _Noreturn void
run(const struct tap *tap, int fd)
{
    struct registration reg = {
        .tap = tap, .config = &tap->config.controller, .fd = fd,
    };
    unsigned int pause = 1;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    tap_own_nve_init(&reg.own, tap);
    tap_peers_init(&reg.peers, tap);
    for (;;) {
        if ((reg.version || read_list(&reg)) && watch_nves(&reg)) {
            pause = 1;
        }
        sleep(pause);
        pause = pause * 2 < MAX_PAUSE ? pause * 2 : MAX_PAUSE;
    }
}

/* Starts the process anew if it dies: what it reads comes from others. */
static _Noreturn void
supervise(const struct tap *tap, int fd)
{
    for (;;) {
        pid_t parent = getpid();
        pid_t pid = fork();

        if (!pid) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            if (getppid() == parent) {
                run(tap, fd);
            }
            _exit(0);
        }
        if (pid > 0) {
            waitpid(pid, NULL, 0);
        }
        syslog(LOG_ERR, "controller: the process for it ended: starting "
               "another in %d s", RESTART_PAUSE);
        sleep(RESTART_PAUSE);
    }
}

int
tap_register_start(const struct tap *tap)
{
    pid_t parent = getpid();
    int fds[2];

    if (!tap->config.controller.url) {
        return -1;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
        syslog(LOG_ERR, "socketpair: %s", strerror(errno));
        return -1;
    }
    pid_t pid = fork();
    if (pid < 0) {
        syslog(LOG_ERR, "fork: %s", strerror(errno));
    } else if (!pid) {
        int fd = STDERR_FILENO + 1;

        prctl(PR_SET_PDEATHSIG, SIGTERM);
        closelog();
        dup2(fds[1], fd);
        close_range(fd + 1, ~0U, 0);            /* Devices, sockets. */
        if (getppid() == parent) {
            supervise(tap, fd);
        }
        _exit(0);
    }
    close(fds[1]);
    return fds[0];
}
