/* The gate that all writers pass: nothing is written before everything is
 * known that it is derived from.
 *
 * A writer asks for the one target that it writes to, and has no condition of
 * its own for what has to be known: ovsdb-gate.c before a transaction,
 * ofctrl-next.c before a change of a bridge, object-writer.c before a request.
 * turn.c and turn-inputs.c alone say what is known (tests/rooms), so a new
 * writer cannot be early, and a new thing to be known has one place. */
#ifndef GA_WRITE_GATE_H
#define GA_WRITE_GATE_H 1

#include <stdbool.h>

struct write_gate;

enum write_fact {
    WRITE_FACT_NODE,                /* This node's database has been read. */
    WRITE_FACT_NAME,                /* It says which node this is. */
    WRITE_FACT_UNDERLAY,            /* ...and has said its addresses. */
    WRITE_FACT_OBJECTS,             /* The controller, or the file, has listed
                                     * all that concerns this node. */
    WRITE_FACT_TLV_MAP,             /* The base plan has adopted the map that
                                     * the switch had. */
    WRITE_FACT_PLANS,               /* The bridges of further plans are ready
                                     * for the remotes that need them. */
    WRITE_N_FACTS
};

enum write_target {
    WRITE_BRIDGE,                   /* OVSDB: that there is an integration
                                     * bridge that forwards nothing by
                                     * itself. */
    WRITE_DATABASE,                 /* OVSDB: all the rest. */
    WRITE_OBJECTS,                  /* REST. */
    WRITE_PLANS,                    /* OpenFlow: bridges of further plans. */
    WRITE_SWITCH,                   /* OpenFlow: the integration bridge. */
};

/* Nothing is known at first. */
struct write_gate *write_gate_create(void);
void write_gate_destroy(struct write_gate *);

void write_gate_set(struct write_gate *, enum write_fact, bool known);
bool write_gate_knows(const struct write_gate *, enum write_fact);

/* Whether all is known that 'target' needs. */
bool write_gate_is_open(const struct write_gate *, enum write_target);

#endif /* agent/write-gate.h */
