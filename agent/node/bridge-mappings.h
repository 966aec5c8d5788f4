/* The setting nve-bridge-mappings: "physnet1:br-ex,physnet2:br-ex2", which
 * bridge of this node has which physical network.  Pure. */
#ifndef GA_BRIDGE_MAPPINGS_H
#define GA_BRIDGE_MAPPINGS_H 1

#include <stdbool.h>

struct smap;

/* Adds one mapping, "PHYSNET:BRIDGE", to 'mappings' (physical network ->
 * bridge).  Returns NULL, or what is wrong with it, as the rest of a sentence
 * that begins with it: static data. */
const char *bridge_mappings_add(struct smap *mappings, const char *mapping);

/* Whether a bridge can have the name 's'. */
bool bridge_mappings_is_bridge_name(const char *s);

#endif /* agent/node/bridge-mappings.h */
