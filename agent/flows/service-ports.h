/* The ports of backends, by which answers to connections with services are
 * known: a flow for each (VPC, family, protocol, port), however many services
 * and backends have it.  So backends come and go without flows for them. */
#ifndef GA_SERVICE_PORTS_H
#define GA_SERVICE_PORTS_H 1

#include <stdbool.h>
#include <stdint.h>

#include "openvswitch/hmap.h"

struct ofctrl;

struct service_port_key {
    uint32_t vni;
    uint16_t port;
    uint8_t protocol;               /* IPPROTO_*. */
    bool ipv6;
};

struct service_ports {
    struct hmap ports;              /* Contains "struct service_port"s. */
};

void service_ports_init(struct service_ports *);

/* All references must have been given back. */
void service_ports_destroy(struct service_ports *);

/* The flow of that port is wanted once more, or once less. */
void service_ports_ref(struct service_ports *, struct ofctrl *,
                       const struct service_port_key *);
void service_ports_unref(struct service_ports *, struct ofctrl *,
                         const struct service_port_key *);

#endif /* agent/flows/service-ports.h */
