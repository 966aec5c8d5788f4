/* The gate for writers: see write-gate.h.
 *
 * Each target needs a set of facts. */

#include <config.h>

#include "agent/write-gate.h"

#include <stdlib.h>

#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(write_gate);

#define FACT(NAME) (1u << WRITE_FACT_##NAME)

#define BRIDGE_NEEDS (FACT(NODE) | FACT(NAME))
#define DATABASE_NEEDS (BRIDGE_NEEDS | FACT(UNDERLAY) | FACT(OBJECTS))
#define PLANS_NEED (DATABASE_NEEDS | FACT(TLV_MAP))

struct write_gate {
    unsigned int known;             /* A set of FACT()s. */
};

struct write_gate *
write_gate_create(void)
{
    return xzalloc(sizeof(struct write_gate));
}

void
write_gate_destroy(struct write_gate *gate)
{
    free(gate);
}

void
write_gate_set(struct write_gate *gate, enum write_fact fact, bool known)
{
    unsigned int old = gate->known;

    if (known) {
        gate->known |= 1u << fact;
    } else {
        gate->known &= ~(1u << fact);
    }
    if (gate->known != old) {
        VLOG_DBG("known: 0x%x", gate->known);
    }
}

bool
write_gate_knows(const struct write_gate *gate, enum write_fact fact)
{
    return gate->known & (1u << fact);
}

bool
write_gate_is_open(const struct write_gate *gate, enum write_target target)
{
    static const unsigned int needs[] = {
        [WRITE_BRIDGE] = BRIDGE_NEEDS,
        [WRITE_PATH_DOWN] = BRIDGE_NEEDS | FACT(NO_FLOWS),
        [WRITE_DATABASE] = DATABASE_NEEDS,
        [WRITE_OWN_NAME] = DATABASE_NEEDS | FACT(CONTROLLER),
        [WRITE_OBJECTS] = DATABASE_NEEDS | FACT(CONTROLLER) | FACT(OWN_NAME),
        [WRITE_PLANS] = PLANS_NEED,
        [WRITE_SWITCH] = PLANS_NEED | FACT(PLANS),
    };

    return !(needs[target] & ~gate->known);
}
