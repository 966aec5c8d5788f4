/* Names are fixed, so that what belongs to a plan is found by its name, by an
 * agent that has just started, too. */

#include <config.h>

#include "agent/node/plan-ports.h"

#include <stdio.h>
#include <string.h>

#include "lib/option.h"
#include "packets.h"
#include "util.h"

/* VNIs have 24 bits, and ports of the integration bridge have keys between
 * these (tunnel-key.c). */
#define IN_KEY 0x1000000            /* Plus K. */
#define CLASS_IN_KEY 0x1001000      /* Plus 64 * K + DSCP. */

void
plan_ports_get_bridge_name(unsigned int k, char name[PLAN_PORTS_NAME_SIZE])
{
    snprintf(name, PLAN_PORTS_NAME_SIZE, "br-tx%u", k);
}

void
plan_ports_get_patch_name(unsigned int k, char name[PLAN_PORTS_NAME_SIZE])
{
    snprintf(name, PLAN_PORTS_NAME_SIZE, "int-tx%u", k);
}

unsigned int
plan_ports_find_bridge(const char *name)
{
    for (unsigned int k = 1; k <= PLAN_PORTS_MAX_K; k++) {
        char wanted[PLAN_PORTS_NAME_SIZE];

        plan_ports_get_bridge_name(k, wanted);
        if (!strcmp(name, wanted)) {
            return k;
        }
    }
    return 0;
}

bool
plan_ports_may_have_name(const char *name)
{
    static const char *const prefixes[] = {
        "int-tx", "tx", "gnv-tx", "gtx"
    };

    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        if (!strncmp(name, prefixes[i], strlen(prefixes[i]))) {
            return true;
        }
    }
    return false;
}

static void
init_port(struct plan_port *port, const char *type)
{
    port->type = type;
    port->udp_index = port->dscp = 0;
    smap_init(&port->options);
}

static void
init_patches(struct plan_port *patch, struct plan_port *peer, unsigned int k)
{
    init_port(patch, "patch");
    plan_ports_get_patch_name(k, patch->name);
    init_port(peer, "patch");
    snprintf(peer->name, sizeof peer->name, "tx%u-int", k);
    smap_add(&patch->options, "peer", peer->name);
    smap_add(&peer->options, "peer", patch->name);
}

static void
name_tunnel(struct plan_port *port, unsigned int k, uint16_t udp_port)
{
    char suffix[sizeof "-65535"] = "";

    if (udp_port != GENEVE_UDP_PORT) {
        snprintf(suffix, sizeof suffix, "-%u", udp_port);
    }
    if (port->dscp) {
        snprintf(port->name, sizeof port->name, "gtx%u-q%u%s", k, port->dscp,
                 suffix);
    } else {
        snprintf(port->name, sizeof port->name, "gnv-tx%u%s", k, suffix);
    }
}

/* 'dscp': 0 if the port is for packets of no class. */
static void
init_tunnel(struct plan_port *port, unsigned int k,
            const struct in6_addr *local_ip, uint16_t udp_port, uint8_t dscp)
{
    char ip[INET6_ADDRSTRLEN];

    init_port(port, "geneve");
    smap_add(&port->options, "remote_ip", "flow");
    port->dscp = dscp;
    name_tunnel(port, k, udp_port);
    smap_add_format(&port->options, "in_key", "0x%x",
                    (dscp ? CLASS_IN_KEY + PLAN_PORTS_N_DSCPS * k + dscp
                     : IN_KEY + k));
    if (dscp) {
        smap_add_format(&port->options, "tos", "0x%02x", dscp << 2);
    }
    smap_add(&port->options, "out_key", "flow");
    smap_add(&port->options, "csum", "true");
    if (ipv6_addr_is_set(local_ip)) {
        smap_add(&port->options, "local_ip",
                 ipv6_string_mapped(ip, local_ip));
    }
    if (udp_port != GENEVE_UDP_PORT) {
        smap_add_format(&port->options, "dst_port", "%u", udp_port);
    }
}

size_t
plan_ports_init(struct plan_port ports[PLAN_PORTS_MAX], unsigned int k,
                const struct in6_addr *local_ip,
                const uint16_t *udp_ports, size_t n, uint64_t dscps)
{
    size_t n_ports = PLAN_PORTS_TUNNEL;

    init_patches(&ports[PLAN_PORTS_PATCH], &ports[PLAN_PORTS_PEER], k);
    for (uint8_t dscp = 0; dscp < PLAN_PORTS_N_DSCPS; dscp++) {
        for (size_t i = 0; i < n; i++) {
            if (!dscp || dscps & UINT64_C(1) << dscp) {
                struct plan_port *port = &ports[n_ports++];

                init_tunnel(port, k, local_ip, udp_ports[i], dscp);
                port->udp_index = i;
            }
        }
    }
    return n_ports;
}

void
plan_ports_destroy(struct plan_port *ports, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        smap_destroy(&ports[i].options);
    }
}
