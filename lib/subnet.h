/* Subnets of a VPC or of an ExternalNetwork: a prefix, and a gateway in it. */
#ifndef GA_SUBNET_H
#define GA_SUBNET_H 1

#include "lib/ip-prefix.h"

struct subnet {
    struct ip_prefix prefix;
    struct in6_addr gateway;        /* All-zero if none. */
};

/* Reads members "cidr" and "gateway" of 'parent'.  What is wrong with them is
 * added to the errors. */
void subnet_parse(const struct field_parent *parent, struct subnet *);

/* Adds an error for each of the 'n' subnets, all of which are valid by
 * themselves, that overlaps another one.  They come from array 'name'. */
void subnets_check_overlaps(const struct field_parent *, const char *name,
                            const struct subnet *subnets, size_t n);

/* The subnet that has 'ip' (IPv4 as a mapped address), or NULL. */
const struct subnet *subnets_find(const struct subnet *subnets, size_t n,
                                  const struct in6_addr *ip);

#endif /* lib/subnet.h */
