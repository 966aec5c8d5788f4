/* Flows of which there are very many, all alike but for some values.
 *
 * Encoding a flow takes most of the time of making it.  A stencil is encoded
 * once, with placeholders where the values belong, and then copied. */
#ifndef GA_FLOW_STENCIL_H
#define GA_FLOW_STENCIL_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flow_list;
struct match;
struct ofpbuf;

#define FLOW_STENCIL_BYTES 512
#define FLOW_STENCIL_HOLES 16

/* A value as it stands in the encoded flow: in network byte order. */
struct flow_stencil_value {
    const void *data;
    size_t len;
};

struct flow_stencil {
    bool made;
    uint8_t table;
    size_t match_len, inst_len;
    size_t n_holes;
    struct {
        uint8_t value;              /* Which of the values. */
        uint8_t len;
        uint16_t offset;            /* In 'bytes'. */
    } holes[FLOW_STENCIL_HOLES];
    uint8_t bytes[FLOW_STENCIL_BYTES];
};

/* Makes the stencil of a flow that was made with 'placeholders' in place of
 * values.  Each must have at least four bytes, and stand nowhere by chance, so
 * random bytes are best.  The flow may not name meters, groups or tunnel
 * options. */
void flow_stencil_make(struct flow_stencil *, uint8_t table,
                       const struct match *, const struct ofpbuf *ofpacts,
                       const struct flow_stencil_value placeholders[],
                       size_t n);

/* Appends to the list the flow that has 'values' in place of the placeholders,
 * as many and of the same lengths. */
void flow_stencil_add(const struct flow_stencil *, struct flow_list *,
                      uint16_t priority,
                      const struct flow_stencil_value values[]);

#endif /* agent/switch/flow-stencil.h */
