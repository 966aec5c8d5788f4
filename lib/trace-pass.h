/* The passes of a packet through the tables, as ofproto/trace prints them. */
#ifndef GA_TRACE_PASS_H
#define GA_TRACE_PASS_H 1

#include <stdbool.h>

struct svec;

/* Cuts what was printed into the text of each pass, which are added to
 * 'passes', an empty list; joined, they are 'text' again. */
void trace_pass_split(const char *text, struct svec *passes);

/* If connection tracking sent the packet of this pass to 'table', returns its
 * flow at that point as the first packet of a new connection: with the fields
 * of the connection (ct_nw_proto and so on), which a trace leaves 0.  For the
 * caller to free.  Else returns NULL.
 *
 * 'to_tunnel': the VNI is for a tunnel that the packet may still be sent to,
 * and not of the one that it came from.  'translated': its destination has
 * been translated, as a trace does it but does not say in ct_state. */
char *trace_pass_get_tracked(const char *pass, int table, bool to_tunnel,
                             bool translated);

/* Returns what of the packet was translated before this pass, "dnat" or
 * "snat", or NULL if nothing was.  Static data. */
const char *trace_pass_get_translation(const char *pass);

/* Returns the actions of this pass that set Geneve options, each with a comma
 * behind it, for the caller to free: the flow that is printed leaves options
 * out as long as it is not decided to which tunnel the packet goes. */
char *trace_pass_get_options(const char *pass);

#endif /* lib/trace-pass.h */
