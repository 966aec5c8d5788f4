/* Checks of what concerns LoadBalancers: an address of a VPC, and one in an
 * ExternalNetwork that gateways of the VPC lead to. */
#ifndef GA_SERVICE_CHECKS_H
#define GA_SERVICE_CHECKS_H 1

struct field_errors;
struct refs;
struct refs_facts;
struct svec;

/* Checks 'facts', what the object 'name' says or is about to say, against all
 * others.  Adds an error for each fault, and a warning for what may come
 * later. */
void service_checks_run(const struct refs *, const char *name,
                        const struct refs_facts *, struct field_errors *,
                        struct svec *warnings);

#endif /* utilities/nvad/service-checks.h */
