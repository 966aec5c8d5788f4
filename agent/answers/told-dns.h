/* Which name servers and which domain an endpoint is told. */
#ifndef GA_TOLD_DNS_H
#define GA_TOLD_DNS_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

struct m_vpc;
struct subnet;
struct subnet_services;

struct told_dns {
    const struct in6_addr *ips;     /* The objects', or the subnet's. */
    size_t n;
    char *domain;                   /* A valid one, or NULL. */
};

/* What 'given' says, which are members "dns" and "domain" of a subnet's 'dhcp'
 * or 'ra'; for what it does not say, the resolver of the subnet, if it has
 * one.  'has_ips': the former is given, even if empty. */
void told_dns_init(struct told_dns *, const struct m_vpc *,
                   const struct subnet *, const struct subnet_services *,
                   bool has_ips, const struct told_dns *given);
void told_dns_destroy(struct told_dns *);

#endif /* agent/answers/told-dns.h */
