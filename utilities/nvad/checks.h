/* What nvad checks of an object beyond what the object says by itself. */
#ifndef GA_CHECKS_H
#define GA_CHECKS_H 1

#include <stdbool.h>

#include "lib/resource.h"

struct field_errors;
struct json;
struct refs;
struct svec;

void checks_run(const struct refs *, enum resource_kind, const char *name,
                const struct json *, struct field_errors *,
                struct svec *warnings);
void checks_run_status(enum resource_kind, const struct json *,
                       struct field_errors *);
void checks_set_labels(enum resource_kind, struct json *);

#endif /* utilities/nvad/checks.h */
