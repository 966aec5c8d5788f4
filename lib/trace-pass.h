/* The passes of a packet through the tables, as ofproto/trace prints them. */
#ifndef GA_TRACE_PASS_H
#define GA_TRACE_PASS_H 1

struct svec;

/* Cuts what was printed into the text of each pass, which are added to
 * 'passes', an empty list; joined, they are 'text' again. */
void trace_pass_split(const char *text, struct svec *passes);

/* If connection tracking sent the packet of this pass to 'table', returns its
 * flow at that point as the first packet of a new connection: with the fields
 * of the connection (ct_nw_proto and so on), which a trace leaves 0.  For the
 * caller to free.  Else returns NULL. */
char *trace_pass_get_tracked(const char *pass, int table);

#endif /* lib/trace-pass.h */
