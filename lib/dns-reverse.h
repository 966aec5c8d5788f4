/* Names of addresses: 10.0.0.10.in-addr.arpa and the like (RFC 1035, section
 * 3.5; RFC 3596, section 2.5). */
#ifndef GA_DNS_REVERSE_H
#define GA_DNS_REVERSE_H 1

#include <netinet/in.h>
#include <stdbool.h>

/* Whether 'name' is that of an address, in letters of any case, and if so,
 * which (IPv4 as a mapped address). */
bool dns_reverse_parse(const char *name, struct in6_addr *);

#endif /* lib/dns-reverse.h */
