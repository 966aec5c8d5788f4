/* Checks of what concerns external networks: their subnets, the addresses in
 * them, and routes through gateways. */
#ifndef GA_EXTERNAL_CHECKS_H
#define GA_EXTERNAL_CHECKS_H 1

#include "lib/resource.h"

struct field_errors;
struct refs;
struct refs_facts;
struct svec;

/* Checks the facts of an object called 'name', whose references and claims
 * have been checked.  Objects of other kinds have no faults. */
void external_checks_run(const struct refs *, const char *name,
                         const struct refs_facts *, struct field_errors *,
                         struct svec *warnings);

#endif /* utilities/nvad/external-checks.h */
