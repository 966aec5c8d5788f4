/* What a flow does to turn an ICMP echo request into its answer, which returns
 * the data of the request (RFC 1122, section 3.2.2.6; RFC 4443, section
 * 4.2). */
#ifndef GA_ECHO_ANSWER_H
#define GA_ECHO_ANSWER_H 1

#include <stdbool.h>

struct in6_addr;
struct match;
struct ofpbuf;

/* Makes 'match', which matches a family, match echo requests.  Those in
 * fragments are left out: a flow sees one fragment at a time, and only the
 * whole can be answered. */
void echo_answer_match(struct match *, bool ipv6);

/* Makes the request the answer of the gateway's MAC and of 'address', or, if
 * that is NULL, of the address that was asked, and sends it back.  The latter
 * uses FLOW_REG_NEXT_HOP. */
void echo_answer_put(struct ofpbuf *actions, bool ipv6,
                     const struct in6_addr *address);

#endif /* agent/flows/echo-answer.h */
