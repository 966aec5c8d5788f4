/* Matching ICMP errors: destination unreachable, time exceeded, a parameter
 * problem and, in IPv6, packet too big. */
#ifndef GA_ICMP_ERRORS_H
#define GA_ICMP_ERRORS_H 1

#include <stdbool.h>
#include <stddef.h>

struct match;

/* How many types of errors there are. */
size_t icmp_errors_count(bool ipv6);

/* Has 'match' match the I-th of them, too. */
void icmp_errors_match(struct match *, bool ipv6, size_t i);

#endif /* agent/flows/icmp-errors.h */
