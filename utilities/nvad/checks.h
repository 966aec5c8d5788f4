/* What nvad checks in an object that resource_validate() has found valid by
 * itself. */
#ifndef GA_CHECKS_H
#define GA_CHECKS_H 1

#include <stdbool.h>

#include "lib/resource.h"

struct field_errors;
struct json;
struct refs;
struct svec;

/* Checks what is to be the object 'name' against all other objects. */
void checks_run(const struct refs *, enum resource_kind, const char *name,
                const struct json *, struct field_errors *,
                struct svec *warnings);

/* Checks an object whose status is to be written. */
void checks_run_status(enum resource_kind, const struct json *,
                       struct field_errors *);

#endif /* utilities/nvad/checks.h */
