/* The router advertisement that an endpoint gets. */
#ifndef GA_ROUTER_ADVERT_H
#define GA_ROUTER_ADVERT_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct m_endpoint;
struct ofpbuf;

/* Makes 'frame', which the caller has initialized, the advertisement for a
 * local endpoint, to 'dst'; all-zero: to all nodes.  'ceasing': it is the last
 * one (RFC 4861, section 6.2.5).  Returns the seconds after which there has to
 * be another one (MaxRtrAdvInterval), or 0 if none of the endpoint's subnets
 * has 'ra' and it has only been made if 'ceasing'. */
uint32_t router_advert_compose(const struct m_endpoint *,
                               const struct in6_addr *dst, bool ceasing,
                               struct ofpbuf *frame);

#endif /* agent/answers/router-advert.h */
