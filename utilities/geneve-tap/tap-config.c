/* The configuration, and what command line and file have in common. */

#include <config.h>

#include "utilities/geneve-tap/tap-config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "utilities/geneve-tap/tap-alloc.h"

#define MAX_VNI 0xffffff
#define GNVEU_IP4_VNI 4096
#define GNVEU_IP6_VNI 8192
#define SOURCE_PORTS 16

void
tap_config_init(struct tap_config *c)
{
    *c = (struct tap_config) {
        .family = AF_UNSPEC,
        .source_ports = -1,
        .checksums = true,
        .offload = true,
        .parses_options = true,
        .table = RECV_TABLE_INITIALIZER,
    };
}

void
tap_config_destroy(struct tap_config *c)
{
    for (size_t i = 0; i < c->n_tunnels; i++) {
        free(c->tunnels[i].device);
    }
    for (size_t i = 0; i < c->n_remotes; i++) {
        free(c->remotes[i].address);
        free(c->remotes[i].port);
        free(c->remotes[i].options.options);
        free(c->remotes[i].prefixes);
    }
    free(c->tunnels);
    free(c->remotes);
    free(c->options.options);
    free(c->table.entries);
    free(c->listen);
    free(c->port);
    free(c->remote_port);
    free(c->user);
    free(c->control);
    free(c->controller.url);
    free(c->controller.name);
    free(c->controller.ca);
    free(c->controller.certificate);
    free(c->controller.key);
    free(c->controller.token);
}

struct tap_tunnel_config *
tap_config_add_tunnel(struct tap_config *c)
{
    c->tunnels = tap_alloc_more(c->tunnels, c->n_tunnels,
                                sizeof *c->tunnels);
    memset(&c->tunnels[c->n_tunnels], 0, sizeof *c->tunnels);
    return &c->tunnels[c->n_tunnels++];
}

struct tap_remote_config *
tap_config_add_remote(struct tap_config *c)
{
    c->remotes = tap_alloc_more(c->remotes, c->n_remotes,
                                sizeof *c->remotes);
    memset(&c->remotes[c->n_remotes], 0, sizeof *c->remotes);
    return &c->remotes[c->n_remotes++];
}

static const char *const modes[] = { "ethernet", "ip", "ip4", "ip6" };

bool
tap_config_parse_mode(const char *s, enum tap_mode *mode)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (!strcmp(s, modes[i])) {
            *mode = (enum tap_mode) i;
            return true;
        }
    }
    return false;
}

const char *
tap_config_mode_to_string(enum tap_mode mode)
{
    return modes[mode];
}

static const char *const orders[] = { "any", "strict", "first" };

bool
tap_config_parse_order(const char *s, enum recv_order *order)
{
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (!strcmp(s, orders[i])) {
            *order = (enum recv_order) i;
            return true;
        }
    }
    return false;
}

const char *
tap_config_order_to_string(enum recv_order order)
{
    return orders[order];
}

bool
tap_config_parse_hex(const char *s, unsigned long int max,
                     unsigned long int *value)
{
    char *end;

    if (strncmp(s, "0x", 2) || !s[2]
        || s[2 + strspn(s + 2, "0123456789abcdefABCDEF")]) {
        return false;
    }
    errno = 0;
    *value = strtoul(s, &end, 16);
    return !errno && *value <= max;
}

bool
tap_config_parse_prefix(const char *s, struct tap_prefix *prefix)
{
    const char *slash = strchr(s, '/');
    char address[INET6_ADDRSTRLEN];
    char *end;

    if (!slash || slash - s >= (long int) sizeof address) {
        return false;
    }
    memcpy(address, s, slash - s);
    address[slash - s] = '\0';
    prefix->family = strchr(address, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(prefix->family, address, prefix->address) != 1
        || slash[1] < '0' || slash[1] > '9') {
        return false;
    }
    unsigned long int bits = strtoul(slash + 1, &end, 10);
    prefix->bits = bits;
    return !*end && bits <= (prefix->family == AF_INET ? 32 : 128);
}

bool
tap_config_add_device(struct tap_config *c, const char *arg)
{
    const char *device = !strncmp(arg, "/dev/", 5) ? arg + 5 : arg;
    const char *at = strchr(device, '@');
    char *end;

    if (!at || at == device || at[1] < '0' || at[1] > '9') {
        return false;
    }
    errno = 0;
    unsigned long int vni = strtoul(at + 1, &end, 10);
    enum tap_mode mode = TAP_MODE_ETHERNET;
    if (errno || vni > MAX_VNI
        || (*end && (*end != ',' || !tap_config_parse_mode(end + 1, &mode)))) {
        return false;
    }

    struct tap_tunnel_config *tunnel = tap_config_add_tunnel(c);
    tunnel->device = tap_alloc_check(strndup(device, at - device));
    tunnel->vni = vni;
    tunnel->mode = mode;
    return true;
}

/* What two VNIs mean in gnveu. */
static void
apply_gnveu(struct tap_config *c)
{
    for (size_t i = 0; i < c->n_tunnels; i++) {
        if (c->tunnels[i].vni == GNVEU_IP4_VNI) {
            c->tunnels[i].mode = TAP_MODE_IP4;
        } else if (c->tunnels[i].vni == GNVEU_IP6_VNI) {
            c->tunnels[i].mode = TAP_MODE_IP6;
        }
    }
}

static const char *
check_tunnels(const struct tap_config *c)
{
    static char error[200];

    for (size_t i = 0; i < c->n_tunnels; i++) {
        const struct tap_tunnel_config *t = &c->tunnels[i];

        if (strlen(t->device) >= IFNAMSIZ) {
            snprintf(error, sizeof error, "device %.80s: the name is longer "
                     "than %d characters", t->device, IFNAMSIZ - 1);
            return error;
        }
        for (size_t j = 0; j < i; j++) {
            if (c->tunnels[j].vni == t->vni
                || !strcmp(c->tunnels[j].device, t->device)) {
                snprintf(error, sizeof error, "device %s: VNI %u or this "
                         "device is used twice", t->device, t->vni);
                return error;
            }
        }
    }
    return NULL;
}

const char *
tap_config_complete(struct tap_config *c)
{
    if (!c->n_tunnels) {
        return "no tunnel: give -e DEVICE@VNI, or \"tunnels\" in a file";
    } else if (!c->n_remotes) {
        return "no remote: give a server, or \"remotes\" in a file";
    }
    if (c->gnveu) {
        apply_gnveu(c);
    }
    const char *error = check_tunnels(c);
    if (error) {
        return error;
    }

    if (!c->remote_port) {
        c->remote_port = tap_alloc_string("6081");
    }
    /* Who names a port wants to be known by it, as with gnveu: firewalls. */
    if (c->source_ports < 0) {
        c->source_ports = c->port || c->gnveu ? 0 : SOURCE_PORTS;
    }
    if (!c->port) {
        c->port = tap_alloc_string(c->remote_port);
    }
    if (!c->user) {
        c->user = tap_alloc_string("nobody");
    }
    if (c->simple_loop) {
        c->offload = false;
    }
    return NULL;
}
