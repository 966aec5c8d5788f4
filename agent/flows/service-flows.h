/* Flows and groups of each service (LoadBalancer) of the VPCs that are in use
 * here: which connections it takes, and which backends they go to. */
#ifndef GA_SERVICE_FLOWS_H
#define GA_SERVICE_FLOWS_H 1

#include "agent/flows/service-ports.h"
#include "openvswitch/hmap.h"
#include "openvswitch/shash.h"

struct agent;

struct services {
    struct shash all;               /* Name -> "struct service". */
    struct hmap group_ids;          /* Contains "struct service_group"s. */
    struct service_ports ports;
    struct hmap tunnels;            /* Contains "struct service_tunnel"s. */
};

struct services *services_create(void);
/* Before the ofctrl is destroyed, and after the model. */
void services_destroy(struct agent *);

/* To be called when the flows of VPCs have been made. */
void service_flows_run(struct agent *);

#endif /* agent/flows/service-flows.h */
