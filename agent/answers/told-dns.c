/* Name servers and domains that endpoints are told: see told-dns.h. */

#include <config.h>

#include "agent/answers/told-dns.h"

#include <stdlib.h>

#include "agent/model/entity.h"
#include "lib/dns-name.h"
#include "lib/nullable-string.h"
#include "lib/subnet.h"
#include "lib/subnet-services.h"

void
told_dns_init(struct told_dns *told, const struct m_vpc *vpc,
              const struct subnet *subnet, const struct subnet_services *s,
              bool has_ips, const struct told_dns *given)
{
    *told = *given;
    if (!has_ips && s->dns) {
        told->ips = &subnet->gateway;
        told->n = 1;
    }
    told->domain = (!given->domain && s->dns
                    ? subnet_dns_get_domain(s->dns, vpc->up.name)
                    : nullable_xstrdup(given->domain));
    /* The name of a VPC may be too long for a part of a domain's. */
    if (told->domain && !dns_name_is_valid(told->domain)) {
        free(told->domain);
        told->domain = NULL;
    }
}

void
told_dns_destroy(struct told_dns *told)
{
    free(told->domain);
}
