/* The passes of a packet through the tables, as ofproto/trace prints them. */
#ifndef GA_TRACE_PASS_H
#define GA_TRACE_PASS_H 1

struct svec;

/* Cuts what was printed into the text of each pass; joined, they are 'text'
 * again. */
void trace_split_passes(const char *text, struct svec *passes);

/* If the pass is that of a packet which connection tracking sent to 'table',
 * its flow at that point as the first packet of a new connection: with the
 * fields of the connection (ct_nw_proto and so on), which a trace leaves 0.
 * For the caller to free; or NULL. */
char *trace_pass_get_tracked(const char *pass, int table);

#endif /* lib/trace-pass.h */
