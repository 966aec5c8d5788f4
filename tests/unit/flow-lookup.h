/* Flow tables of a test: which flow a packet meets.
 *
 * Tables are arrays, and every packet is compared with every flow: the flows
 * of a test are few. */
#ifndef GA_TESTS_FLOW_LOOKUP_H
#define GA_TESTS_FLOW_LOOKUP_H 1

#include <stddef.h>
#include <stdint.h>

struct flow;
struct match;
struct ofpbuf;

struct flow_lookup {
    struct lookup_table {
        struct lookup_flow **flows; /* The highest priority first. */
        size_t n, allocated;
    } tables[256];
};

void flow_lookup_init(struct flow_lookup *);
void flow_lookup_destroy(struct flow_lookup *);

/* Adds a flow.  'match' may say which tunnel options must be there, but not
 * what their values must be. */
void flow_lookup_add(struct flow_lookup *, uint8_t table, uint16_t priority,
                     const struct match *, const struct ofpbuf *ofpacts);

/* Returns the actions of the flow in 'table' that a packet with the fields of
 * 'flow' meets, conjunctions included, or NULL if there is none. */
const struct ofpbuf *flow_lookup_find(const struct flow_lookup *,
                                      uint8_t table, const struct flow *flow);

#endif /* tests/unit/flow-lookup.h */
