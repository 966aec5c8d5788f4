/* Counters, as JSON.
 *
 * Who connects to the socket gets them, and the end.  The text is small enough
 * for the socket's buffer, so answering never waits for anybody. */

#include <config.h>

#include "utilities/geneve-tap/tap-stats.h"

#include <errno.h>
#include <jansson.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "utilities/geneve-tap/tap-remote.h"
#include "utilities/geneve-tap/tap.h"

static json_t *
count_to_json(const struct tap_count *c)
{
    return json_pack("{sIsI}", "packets", (json_int_t) c->packets, "bytes",
                     (json_int_t) c->bytes);
}

static json_t *
tunnel_to_json(const struct tap_tunnel *t)
{
    return json_pack("{sssisssoso}", "device", t->config->device, "vni",
                     (int) t->config->vni, "mode",
                     tap_config_mode_to_string(t->config->mode),
                     "sent", count_to_json(&t->sent),
                     "received", count_to_json(&t->received));
}

static json_t *
options_to_json(const struct tap *tap, const struct tap_remote *r)
{
    const struct tap_options *options = tap_remote_options(tap, r);
    json_t *array = json_array();

    for (size_t i = 0; i < r->choice.n; i++) {
        struct opt_key key = options->options[r->choice.options[i]].key;

        json_array_append_new(array, json_sprintf(OPT_KEY_FMT,
                                                  OPT_KEY_ARGS(key)));
    }
    return array;
}

static json_t *
remote_to_json(const struct tap *tap, const struct tap_remote *r)
{
    char address[NI_MAXHOST] = "";
    json_t *json;

    getnameinfo((const struct sockaddr *) &r->address, r->address_len,
                address, sizeof address, NULL, 0, NI_NUMERICHOST);
    json = json_pack("{sssisisososo}", "address", address,
                     "mtu", (int) r->mtu,
                     "headerBytes", (int) r->header_len,
                     "options", options_to_json(tap, r),
                     "sent", count_to_json(&r->sent),
                     "received", count_to_json(&r->received));
    if (r->choice_text) {
        json_object_set_new(json, "negotiation",
                            json_loads(r->choice_text, 0, NULL));
    }
    return json;
}

static char *
make_text(const struct tap *tap)
{
    json_t *tunnels = json_pack("[]"), *remotes = json_pack("[]");
    json_t *drops = json_pack("{}");

    for (size_t i = 0; i < tap->n_tunnels; i++) {
        json_array_append_new(tunnels, tunnel_to_json(&tap->tunnels[i]));
    }
    for (size_t i = 0; i < tap->n_remotes; i++) {
        json_array_append_new(remotes, remote_to_json(tap, &tap->remotes[i]));
    }
    for (int i = TAP_DROP_NONE + 1; i < N_TAP_DROPS; i++) {
        json_object_set_new(drops, tap_drop_to_string(i),
                            json_pack("I", (json_int_t) tap->drops[i]));
    }
    json_t *json = json_pack(
        "{sososos{sIsIsIsI}sI}", "tunnels", tunnels, "remotes", remotes,
        "drops", drops, "calls", "read", (json_int_t) tap->reads, "send",
        (json_int_t) tap->sends, "receive", (json_int_t) tap->receives,
        "write", (json_int_t) tap->writes,
        "icmpErrors", (json_int_t) tap->icmp_errors);
    char *text = json_dumps(json, JSON_INDENT(1));
    json_decref(json);
    return text;
}

static int
open_socket(const char *path, struct sockaddr_un *address)
{
    *address = (struct sockaddr_un) { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof address->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address->sun_path, path);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* Makes the folder of 'path', if it is missing. */
static void
make_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash && slash != path) {
        char *folder = strndup(path, slash - path);

        if (folder) {
            mkdir(folder, 0755);
        }
        free(folder);
    }
}

int
tap_stats_listen(const char *path)
{
    struct sockaddr_un address;
    int fd = open_socket(path, &address);

    if (fd < 0) {
        return -1;
    }
    if (!connect(fd, (struct sockaddr *) &address, sizeof address)) {
        errno = EADDRINUSE;             /* Of another one that runs. */
    } else {
        close(fd);
        fd = open_socket(path, &address);
        make_folder(path);
        unlink(path);
        if (fd >= 0 && !bind(fd, (struct sockaddr *) &address,
                             sizeof address) && !listen(fd, 16)) {
            return fd;
        }
    }
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

void
tap_stats_answer(const struct tap *tap, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        char *text = make_text(tap);

        if (text) {
            send(fd, text, strlen(text), MSG_NOSIGNAL);
        }
        free(text);
        close(fd);
    }
}

int
tap_stats_print(const char *path)
{
    struct sockaddr_un address;
    char buffer[4096];
    ssize_t n;
    int fd = open_socket(path, &address);

    if (fd < 0 || connect(fd, (struct sockaddr *) &address,
                          sizeof address)) {
        int error = errno;

        if (fd >= 0) {
            close(fd);
        }
        return error;
    }
    while ((n = read(fd, buffer, sizeof buffer)) > 0) {
        fwrite(buffer, 1, n, stdout);
    }
    putchar('\n');
    close(fd);
    return 0;
}
