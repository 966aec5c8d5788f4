/* DNS names: as text without the dot of the root, and on the wire without
 * compression (RFC 1035, section 3.1). */
#ifndef GA_DNS_NAME_H
#define GA_DNS_NAME_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ofpbuf;

/* Characters of a name as text, at most. */
#define DNS_NAME_MAX 253

/* Whether the string is a name of letters, digits, '-' and '_', whose labels
 * have 1 to 63 of them. */
bool dns_name_is_valid(const char *);

/* Appends a valid name as it is on the wire, the root's empty label
 * included. */
void dns_name_put(struct ofpbuf *, const char *name);

/* Whether 'name' ends in '.' and 'zone', or is 'zone', in letters of any case.
 * '*prefix_len' is the length of what precedes that; 0 for 'zone' itself. */
bool dns_name_is_in(const char *name, const char *zone, size_t *prefix_len);

#endif /* lib/dns-name.h */
