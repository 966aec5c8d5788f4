/* A node without a database: implements agent/node/local.h for programs that
 * link this in place of the real one.
 *
 * Settings and endpoints' interfaces are what the test says.  Every tunnel
 * port and every plan's bridge that is wanted exists at once, and OpenFlow
 * ports follow from what they are for:
 *
 *     a tunnel to 192.0.2.K           1000 + K (K: the address' last byte)
 *     the shared tunnel                999
 *     the same to another UDP port     998
 *     that which sends with DSCP D    1700 + D
 *     the same to another UDP port    1800 + D
 *     the patch port to br-txP        2000 + P
 *     the one to the provider bridge of the Nth physical network, by name
 *                                     3000 + N
 *     on br-txP: the patch port          1
 *     on br-txP: the Ith tunnel         10 + I
 *     on br-txP: that with DSCP D      100 + 100 * I + D */
#ifndef GA_TESTS_FAKE_LOCAL_H
#define GA_TESTS_FAKE_LOCAL_H 1

#include <netinet/in.h>

struct json;
struct local;
struct plan_bridge_ports;

enum {
    FAKE_VXLAN_SHARED_TUNNEL = 997,
    FAKE_OTHER_SHARED_TUNNEL = 998,
    FAKE_SHARED_TUNNEL = 999,
    FAKE_FIRST_TUNNEL = 1000,
    FAKE_VXLAN_FIRST_TUNNEL = 1300,
    FAKE_FIRST_PATCH = 2000,
    FAKE_FIRST_EXT = 3000,
    FAKE_FIRST_SENDER = 1700,
    FAKE_OTHER_FIRST_SENDER = 1800,
    FAKE_VXLAN_FIRST_SENDER = 1900,
    FAKE_PLAN_PEER = 1,
    FAKE_PLAN_FIRST_TUNNEL = 10,
    FAKE_PLAN_FIRST_SENDER = 100,
};

/* 'settings' are Open_vSwitch:external_ids; 'interfaces' has the OpenFlow port
 * of each endpoint that is plugged in, by name.  Either may be NULL. */
void fake_local_set(struct local *, const struct json *settings,
                    const struct json *interfaces);

/* 'notes' has the note of each attachment, by physical network. */
void fake_local_set_neighbors(struct local *, const struct json *notes);

/* The address that plan 'k' sends from (all-zero: any), and its UDP ports, or
 * NULL if it has no bridge. */
const struct plan_bridge_ports *fake_local_get_plan(const struct local *,
                                                    unsigned int k,
                                                    struct in6_addr *);

#endif /* tests/unit/fake-local.h */
