/* The ports of a further plan's bridge: names, types and options.  Pure.
 *
 * Plan K has the bridge br-txK, and ports of four kinds:
 *
 *     int-txK        patch port of the integration bridge, to txK-int
 *     txK-int        patch port of br-txK, to int-txK
 *     gnv-txK        tunnel port of br-txK to UDP port 6081; gnv-txK-P is the
 *                    one to UDP port P
 *     gtxK-qD        the same, with DSCP D in the outer header; gtxK-qD-P
 *                    likewise
 *
 * Open vSwitch finds the tunnel port that receives a packet by the packet's
 * VNI, among others.  These tunnel ports have an in_key that is no VNI, so
 * that every packet goes to the ports of the integration bridge. */
#ifndef GA_PLAN_PORTS_H
#define GA_PLAN_PORTS_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smap.h"

/* K is in 1..PLAN_PORTS_MAX_K. */
#define PLAN_PORTS_MAX_K 31
#define PLAN_PORTS_MAX_UDP 4
#define PLAN_PORTS_N_DSCPS 64

#define PLAN_PORTS_NAME_SIZE 16     /* Of a bridge or port, with the NUL. */

struct plan_port {
    char name[PLAN_PORTS_NAME_SIZE]; /* Of the Port and its Interface. */
    const char *type;
    struct smap options;
    uint8_t udp_index;              /* Of a tunnel port: to which UDP port. */
    uint8_t dscp;                   /* 0: the port for packets of no class. */
};

/* The order of a plan's ports. */
enum {
    PLAN_PORTS_PATCH,               /* On the integration bridge. */
    PLAN_PORTS_PEER,                /* These are on the plan's bridge. */
    PLAN_PORTS_TUNNEL,              /* The first of one for each UDP port, and
                                     * then for each of these and DSCP. */
    PLAN_PORTS_MAX = (PLAN_PORTS_TUNNEL
                      + PLAN_PORTS_MAX_UDP * PLAN_PORTS_N_DSCPS)
};

/* Fills 'ports' with those that plan 'k' needs to send from 'local_ip'
 * (all-zero: any; IPv4 as a mapped address) to each of 'n' UDP ports, which
 * are distinct and not 0, and with the DSCPs of 'dscps' (bit I: DSCP I; not
 * 0).  Returns how many ports those are, for plan_ports_destroy(). */
size_t plan_ports_init(struct plan_port ports[PLAN_PORTS_MAX], unsigned int k,
                       const struct in6_addr *local_ip,
                       const uint16_t *udp_ports, size_t n, uint64_t dscps);
void plan_ports_destroy(struct plan_port *, size_t n);

/* The names of a plan's bridge and of its PLAN_PORTS_PATCH. */
void plan_ports_get_bridge_name(unsigned int k,
                                char name[PLAN_PORTS_NAME_SIZE]);
void plan_ports_get_patch_name(unsigned int k,
                               char name[PLAN_PORTS_NAME_SIZE]);

/* The plan whose bridge has 'name', or 0. */
unsigned int plan_ports_find_bridge(const char *name);

/* Whether an interface called 'name' might be some plan's. */
bool plan_ports_may_have_name(const char *name);

#endif /* agent/node/plan-ports.h */
