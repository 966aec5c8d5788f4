/* IP prefixes, such as 10.0.0.0/24 and 2001:db8::/64. */
#ifndef GA_IP_PREFIX_H
#define GA_IP_PREFIX_H 1

#include <netinet/in.h>
#include <stdbool.h>

#include "lib/field.h"

struct ip_prefix {
    struct in6_addr addr;           /* IPv4 as a mapped address. */
    unsigned int plen;              /* In the terms of the family: 24, 64. */
    bool is_ipv6;
};

/* Reads "10.0.0.0/24" or "2001:db8::/64".  Returns false if it is neither.
 * Bits after the prefix are kept. */
bool ip_prefix_from_string(const char *, struct ip_prefix *);

/* "10.0.0.0/24", for the caller to free. */
char *ip_prefix_to_string(const struct ip_prefix *);

/* Whether 'ip' (IPv4 as a mapped address) is of the prefix's family and in
 * it. */
bool ip_prefix_contains(const struct ip_prefix *, const struct in6_addr *ip);

/* Whether an address is in both. */
bool ip_prefix_overlaps(const struct ip_prefix *, const struct ip_prefix *);

/* Sorts by family (IPv4 first), address and length: prefixes that overlap come
 * one after the other.  Returns less than, equal to or greater than 0. */
int ip_prefix_compare(const struct ip_prefix *, const struct ip_prefix *);

/* What is wrong with 'ip', an address of the prefix, as that of a host there,
 * as the rest of a sentence that starts with the address; or NULL.  In IPv4 it
 * may be neither the network's own address nor its broadcast address (RFC 3021
 * makes both usable in a /31).  Static data. */
const char *ip_prefix_host_fault(const struct ip_prefix *,
                                 const struct in6_addr *ip);

/* Reads a prefix of unicast addresses without bits after its length.  Returns
 * NULL, or a sentence about what is wrong, for the caller to free. */
char *ip_prefix_parse(const char *, struct ip_prefix *);

/* As ip_prefix_parse(), for member 'name'.  Returns true if there is a valid
 * one; what is wrong otherwise is added to the errors, also that it is absent
 * if it is 'required'. */
bool ip_prefix_from_field(const struct field_parent *, const char *name,
                          bool required, struct ip_prefix *);

#endif /* lib/ip-prefix.h */
