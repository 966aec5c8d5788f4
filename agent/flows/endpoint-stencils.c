/* Stencils of endpoints' flows: see endpoint-stencils.h.
 *
 * The placeholders are random bytes, which stand nowhere in a flow by
 * chance. */

#include <config.h>

#include "agent/flows/endpoint-stencils.h"

#include <stdlib.h>

#include "openvswitch/match.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

enum { N_VALUES = 3 };

/* The values as they stand in an encoded flow. */
struct values {
    struct eth_addr mac;
    ovs_be32 vni;
    ovs_be32 number;
};

struct endpoint_stencils *
endpoint_stencils_create(void)
{
    return xzalloc(sizeof(struct endpoint_stencils));
}

void
endpoint_stencils_destroy(struct endpoint_stencils *stencils)
{
    free(stencils);
}

static void
init_values(const struct values *v, struct flow_stencil_value list[N_VALUES])
{
    list[0] = (struct flow_stencil_value) { &v->mac, sizeof v->mac };
    list[1] = (struct flow_stencil_value) { &v->vni, sizeof v->vni };
    list[2] = (struct flow_stencil_value) { &v->number, sizeof v->number };
}

static void
make(struct flow_stencil *stencil, uint8_t table, endpoint_stencil_cb *cb)
{
    const struct values placeholders = {
        ETH_ADDR_C(92,5b,e1,7a,3c,d6), htonl(0xa7d1934e), htonl(0x6bc20f85),
    };
    struct flow_stencil_value list[N_VALUES];
    struct ofpbuf actions;
    struct match match;

    init_values(&placeholders, list);
    ofpbuf_init(&actions, 256);
    cb(placeholders.mac, ntohl(placeholders.vni), ntohl(placeholders.number),
       &match, &actions);
    flow_stencil_make(stencil, table, &match, &actions, list, N_VALUES);
    ofpbuf_uninit(&actions);
}

void
endpoint_stencils_add(struct flow_stencil *stencil, uint8_t table,
                      uint16_t priority, endpoint_stencil_cb *cb,
                      struct eth_addr mac, uint32_t vni, uint32_t number,
                      struct flow_list *flows)
{
    const struct values values = { mac, htonl(vni), htonl(number) };
    struct flow_stencil_value list[N_VALUES];

    if (!stencil->made) {
        make(stencil, table, cb);
    }
    init_values(&values, list);
    flow_stencil_add(stencil, flows, priority, list);
}
