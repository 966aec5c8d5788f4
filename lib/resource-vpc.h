/* VPC: a virtual network, with its VNI and its subnets. */
#ifndef GA_RESOURCE_VPC_H
#define GA_RESOURCE_VPC_H 1

#include "lib/resource-class.h"
#include "lib/subnet.h"
#include "lib/subnet-services.h"

extern const struct resource_class vpc_class;

struct vpc {
    struct resource_meta meta;
    uint32_t vni;
    struct subnet *subnets;
    struct subnet_services *services;   /* Of each of them. */
    size_t n_subnets;
    char *profile;                  /* Name of an OptionProfile, or NULL. */
    bool has_tenant_id;
    uint8_t tenant_id[16];
    int mtu;                        /* 0 if not given. */

    uint32_t status_vni;            /* That is in use; 0: nobody says so. */
};

struct vpc *vpc_from_json(const struct json *, struct field_errors *,
                          struct svec *warnings);
void vpc_destroy(struct vpc *);

/* The subnet that has 'ip' (IPv4 as a mapped address), or NULL. */
const struct subnet *vpc_find_subnet(const struct vpc *,
                                     const struct in6_addr *ip);

#endif /* lib/resource-vpc.h */
