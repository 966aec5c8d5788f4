/* Subnets.
 *
 * CIDR prefixes either nest or have nothing in common, so after sorting an
 * overlap is always between neighbours. */

#include <config.h>

#include "lib/subnet.h"

#include <stdlib.h>

#include "packets.h"
#include "util.h"

void
subnet_parse(const struct field_parent *parent, struct subnet *subnet)
{
    bool cidr_ok = ip_prefix_from_field(parent, "cidr", true,
                                        &subnet->prefix);
    const char *gateway = field_string(parent, "gateway", false);
    const char *fault;

    if (!gateway) {
        return;
    }
    if (field_parse_ip(gateway, &subnet->gateway, &fault) && cidr_ok) {
        fault = ip_prefix_host_fault(&subnet->prefix, &subnet->gateway);
    }
    if (fault) {
        field_error(parent, FE_INVALID, "gateway", "\"%.80s\" %s", gateway,
                    fault);
    }
}

static int
compare_subnets(const void *a_, const void *b_)
{
    const struct subnet *const *a = a_;
    const struct subnet *const *b = b_;

    return ip_prefix_compare(&(*a)->prefix, &(*b)->prefix);
}

void
subnets_check_overlaps(const struct field_parent *parent, const char *name,
                       const struct subnet *subnets, size_t n)
{
    const struct subnet **sorted = xmalloc((n + 1) * sizeof *sorted);

    for (size_t i = 0; i < n; i++) {
        sorted[i] = &subnets[i];
    }
    qsort(sorted, n, sizeof *sorted, compare_subnets);
    for (size_t i = 1; i < n; i++) {
        const struct subnet *a = sorted[i - 1];
        const struct subnet *b = sorted[i];

        if (ip_prefix_overlaps(&a->prefix, &b->prefix)) {
            size_t first = MIN(a, b) - subnets;
            size_t second = MAX(a, b) - subnets;
            char *field = xasprintf("%s[%"PRIuSIZE"].cidr", name, second);

            field_error(parent, FE_DUPLICATE, field,
                        "overlaps %s.%s[%"PRIuSIZE"].cidr", parent->path,
                        name, first);
            free(field);
        }
    }
    free(sorted);
}

const struct subnet *
subnets_find(const struct subnet *subnets, size_t n,
             const struct in6_addr *ip)
{
    for (size_t i = 0; i < n; i++) {
        if (ip_prefix_contains(&subnets[i].prefix, ip)) {
            return &subnets[i];
        }
    }
    return NULL;
}
