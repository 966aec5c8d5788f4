/* The gate that all writers pass: nothing is written before the facts that it
 * depends on are known.
 *
 * A writer asks whether the gate is open for its target, and has no further
 * conditions of its own: ovsdb-gate.c before a transaction, ofctrl-next.c
 * before a change of a bridge, object-writer.c before a request.  Only
 * turn.c and turn-inputs.c in turn/ say what is known (tests/rooms).  So a new
 * writer cannot write too early, and a new fact is added in one place. */
#ifndef GA_WRITE_GATE_H
#define GA_WRITE_GATE_H 1

#include <stdbool.h>

struct write_gate;

enum write_fact {
    WRITE_FACT_NODE,                /* This node's database has been read. */
    WRITE_FACT_NAME,                /* It says which node this is. */
    WRITE_FACT_UNDERLAY,            /* It says, or has said, which addresses
                                     * the node has. */
    WRITE_FACT_OBJECTS,             /* The controller, the file or the last
                                     * known state has all objects that
                                     * concern this node. */
    WRITE_FACT_CONTROLLER,          /* The controller itself has listed
                                     * them. */
    WRITE_FACT_OWN_NAME,            /* No other node has this one's name. */
    WRITE_FACT_TLV_MAP,             /* The base plan has adopted the map that
                                     * the switch had. */
    WRITE_FACT_PLANS,               /* The bridges of further plans are ready
                                     * for the remotes that need them. */
    WRITE_FACT_NO_FLOWS,            /* The switch had no flows of ours when it
                                     * was read, and what it is to have is not
                                     * known yet. */
    WRITE_N_FACTS
};

enum write_target {
    WRITE_BRIDGE,                   /* OVSDB: makes the integration bridge,
                                     * which forwards nothing by itself. */
    WRITE_PATH_DOWN,                /* OVSDB: that nothing goes on from here,
                                     * for BFD that an earlier run started. */
    WRITE_DATABASE,                 /* OVSDB: everything else. */
    WRITE_OWN_NAME,                 /* REST: whether the name is ours. */
    WRITE_OBJECTS,                  /* REST: all the rest. */
    WRITE_PLANS,                    /* OpenFlow: bridges of further plans. */
    WRITE_SWITCH,                   /* OpenFlow: the integration bridge. */
};

/* Makes a gate that knows nothing yet. */
struct write_gate *write_gate_create(void);
void write_gate_destroy(struct write_gate *);

void write_gate_set(struct write_gate *, enum write_fact, bool known);
bool write_gate_knows(const struct write_gate *, enum write_fact);

/* Whether everything is known that the target needs. */
bool write_gate_is_open(const struct write_gate *, enum write_target);

#endif /* agent/write-gate.h */
