/* What `ovs-appctl ofproto/trace' prints, taken apart. */
#ifndef GA_TRACE_PARSE_H
#define GA_TRACE_PARSE_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/negotiation.h"
#include "lib/option.h"
#include "svec.h"

struct encapsulation;

/* A flow that the packet met, or a table in which it met none. */
struct trace_step {
    char *bridge;                   /* "" if that was not printed. */
    int table;
    bool matched;                   /* False: no flow did. */
    int priority;                   /* If 'matched'. */
    uint64_t cookie;                /* Likewise; 0 if not printed. */
    char *match;                    /* Likewise; "" for a flow that matches
                                     * everything. */
    struct svec lines;              /* Its actions and their effects, without
                                     * indentation. */
    size_t indent;                  /* Columns before the table's number. */
};

struct trace_option {
    struct opt_key key;
    uint8_t length;
    uint8_t data[GENEVE_OPT_MAX_DATA];
};

/* A packet that went out by a tunnel. */
struct trace_tunnel {
    const struct encapsulation *encapsulation;  /* NULL where the datapath does
                                     * not say. */
    char *src, *dst;                /* Outer addresses; 'src' is NULL where
                                     * the datapath chooses it. */
    unsigned int tos, ttl;          /* Of the outer header. */
    uint32_t vni;
    bool oam;
    struct trace_option options[GENEVE_MAX_OPTIONS];
    size_t n_options;
};

struct trace {
    struct trace_step *steps;       /* In the order of the packet's path. */
    size_t n_steps;
    struct trace_tunnel *tunnels;
    size_t n_tunnels;
    struct svec actions;            /* "Datapath actions:", one string for
                                     * each pass through the tables. */
    struct svec notes;              /* What the switch remarks: ">> ...". */
    char *final_flow;               /* Of the last pass, or NULL. */
};

/* Fills '*trace' from what was printed.  Lines of an unknown form are skipped:
 * another version of Open vSwitch may print more.  The caller must destroy
 * the trace. */
void trace_parse(const char *text, struct trace *);
void trace_destroy(struct trace *);

/* Whether the packet, or each part of it, was dropped in the end.  Of a packet
 * that goes one way or the other by its size, the smaller one counts. */
bool trace_is_dropped(const struct trace *);

/* Writes the Geneve header of 't' (RFC 8926, section 3.4), for an Ethernet
 * payload, as it is on the wire.  Returns the number of bytes, or 0 if they do
 * not fit 'size' or a limit of the RFC. */
size_t trace_tunnel_compose(const struct trace_tunnel *t, uint8_t *,
                            size_t size);

#endif /* lib/trace-parse.h */
