/* Ports of backends: see service-ports.h. */

#include <config.h>

#include "agent/flows/service-ports.h"

#include <stdlib.h>

#include "agent/flows/pipeline.h"
#include "agent/flows/service-stage.h"
#include "agent/switch/flow-list.h"
#include "agent/switch/flow-owner.h"
#include "agent/switch/ofctrl.h"
#include "hash.h"
#include "openvswitch/match.h"
#include "packets.h"
#include "util.h"

struct service_port {
    struct hmap_node node;          /* In struct service_ports' 'ports'. */
    struct service_port_key key;
    unsigned int n_users;
    struct flow_owner flows;
};

void
service_ports_init(struct service_ports *sp)
{
    hmap_init(&sp->ports);
}

void
service_ports_destroy(struct service_ports *sp)
{
    ovs_assert(hmap_is_empty(&sp->ports));
    hmap_destroy(&sp->ports);
}

static uint32_t
hash_key(const struct service_port_key *key)
{
    return hash_3words(key->vni, key->port << 8 | key->protocol, key->ipv6);
}

static struct service_port *
find(const struct service_ports *sp, const struct service_port_key *key)
{
    struct service_port *port;

    HMAP_FOR_EACH_WITH_HASH (port, node, hash_key(key), &sp->ports) {
        if (port->key.vni == key->vni && port->key.port == key->port
            && port->key.protocol == key->protocol
            && port->key.ipv6 == key->ipv6) {
            return port;
        }
    }
    return NULL;
}

static void
add_flow(const struct service_port_key *key, struct flow_list *flows)
{
    struct match match;

    pipeline_init_match(&match, key->vni);
    match_set_dl_type(&match, htons(key->ipv6 ? ETH_TYPE_IPV6
                                    : ETH_TYPE_IP));
    match_set_nw_proto(&match, key->protocol);
    match_set_tp_src(&match, htons(key->port));
    service_stage_add_output(flows, &match);
}

void
service_ports_ref(struct service_ports *sp, struct ofctrl *ofctrl,
                  const struct service_port_key *key)
{
    struct service_port *port = find(sp, key);
    struct flow_list flows;

    if (!port) {
        port = xzalloc(sizeof *port);
        port->key = *key;
        hmap_insert(&sp->ports, &port->node, hash_key(key));
        flow_owner_init(&port->flows, hash_key(key), "port %"PRIu16" of "
                        "services of VNI %"PRIu32, key->port, key->vni);
        flow_list_init(&flows);
        add_flow(key, &flows);
        ofctrl_replace(ofctrl, &port->flows, &flows);
        flow_list_destroy(&flows);
    }
    port->n_users++;
}

void
service_ports_unref(struct service_ports *sp, struct ofctrl *ofctrl,
                    const struct service_port_key *key)
{
    struct service_port *port = find(sp, key);

    if (!--port->n_users) {
        hmap_remove(&sp->ports, &port->node);
        ofctrl_destroy_owner(ofctrl, &port->flows);
        free(port);
    }
}
