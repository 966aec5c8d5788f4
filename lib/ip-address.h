/* IP addresses as text. */
#ifndef GA_IP_ADDRESS_H
#define GA_IP_ADDRESS_H 1

#include <netinet/in.h>
#include <stdbool.h>

/* Reads "10.0.0.1", which becomes a mapped address, or "2001:db8::1".  Returns
 * false if it is neither. */
bool ip_address_from_string(const char *, struct in6_addr *);

#endif /* lib/ip-address.h */
