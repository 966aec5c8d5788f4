/* Where nvad listens: on loopback, unless the user insists. */

#include <config.h>

#include "utilities/nvad/http-listen.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "socket-util.h"
#include "util.h"

#define DEFAULT_PORT 8080
#define BACKLOG 4096

static bool
is_loopback(const struct sockaddr_storage *ss)
{
    struct in6_addr ip = ss_get_address(ss);

    return (IN6_IS_ADDR_LOOPBACK(&ip)
            || (IN6_IS_ADDR_V4MAPPED(&ip) && ip.s6_addr[12] == 127));
}

/* From "ADDR:PORT" to "PORT:ADDR", which is how OVS writes it. */
static char *
swap_address(const char *where)
{
    char *copy = xstrdup(where);
    char *host, *port, *target;

    inet_parse_host_port_tokens(copy, &host, &port);
    target = xasprintf(host && strchr(host, ':') ? "%s:[%s]" : "%s:%s",
                       port ? port : "", host ? host : "");
    free(copy);
    return target;
}

char *
http_listen(const char *where, bool anywhere, int *fd, char **address)
{
    char *target = swap_address(where);
    struct ds s = DS_EMPTY_INITIALIZER;
    struct sockaddr_storage ss;
    char *error = NULL;

    if (!inet_parse_passive(target, DEFAULT_PORT, &ss, false, NULL)) {
        error = xasprintf("--listen=%s: must be a numeric address and a "
                          "port", where);
    } else if (!is_loopback(&ss) && !anywhere) {
        error = xasprintf("--listen=%s: without TLS only loopback addresses "
                          "are allowed; give --private-key and "
                          "--certificate, or --insecure if the network is "
                          "trusted", where);
    } else {
        *fd = inet_open_passive(SOCK_STREAM, target, DEFAULT_PORT, &ss, 0,
                                true);
        if (*fd < 0) {
            error = xasprintf("--listen=%s: %s", where, ovs_strerror(-*fd));
        }
    }
    free(target);
    if (error) {
        return error;
    }

    listen(*fd, BACKLOG);           /* OVS's own is for a few peers. */
    ss_format_address(&ss, &s);
    ds_put_format(&s, ":%"PRIu16, ss_get_port(&ss));
    *address = ds_steal_cstr(&s);
    return NULL;
}

void
http_listen_set_options(int fd)
{
    static const struct { int level, option, value; } options[] = {
        { SOL_SOCKET, SO_KEEPALIVE, 1 },
        { IPPROTO_TCP, TCP_KEEPIDLE, 30 },
        { IPPROTO_TCP, TCP_KEEPINTVL, 10 },
        { IPPROTO_TCP, TCP_KEEPCNT, 3 },
        { IPPROTO_TCP, TCP_USER_TIMEOUT, 60 * 1000 },

        /* What the kernel keeps for a peer that does not read. */
        { IPPROTO_TCP, TCP_NOTSENT_LOWAT, 128 * 1024 },
    };

    for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
        setsockopt(fd, options[i].level, options[i].option,
                   &options[i].value, sizeof options[i].value);
    }
}
