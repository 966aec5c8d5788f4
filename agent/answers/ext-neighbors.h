/* Neighbours on provider networks: routers and hosts that packets from VPCs
 * are sent to.
 *
 * FLOW_EXT_NEIGHBOR has a flow for each that is known.  The agent asks for
 * them with the node's own MAC and without an address of its own in ARP (as
 * RFC 5227, section 1.1, does to probe for one), so that a node never claims
 * an external address by asking, whether or not it has one at the moment. */
#ifndef GA_EXT_NEIGHBORS_H
#define GA_EXT_NEIGHBORS_H 1

#include <stdbool.h>

struct agent;
struct ext_neighbors;
struct json;
struct packet_in;

struct ext_neighbors *ext_neighbors_create(void);
void ext_neighbors_destroy(struct ext_neighbors *);

/* Asks for the routers of all ExternalNetworks that this node is attached to,
 * keeps the flows of neighbours, and raises alarms about routers that do not
 * answer. */
void ext_neighbors_run(struct agent *);
void ext_neighbors_wait(const struct agent *);

/* Takes a packet that was handed over for CONTROLLER_STAGE_EXT_HEARD or
 * CONTROLLER_STAGE_EXT_UNKNOWN.  Returns false if it is of no use. */
bool ext_neighbors_take(struct agent *, const struct packet_in *);

/* [{"network", "ip", "mac": or null, "state", "router"}], sorted. */
struct json *ext_neighbors_to_json(const struct ext_neighbors *);

#endif /* agent/answers/ext-neighbors.h */
