/* What the resource-*.c files share and nobody else needs. */
#ifndef GA_RESOURCE_PRIVATE_H
#define GA_RESOURCE_PRIVATE_H 1

#include "lib/resource.h"

void resource_meta_from_json(const struct json *, enum resource_kind,
                             struct resource_meta *, struct field_errors *);
void resource_meta_destroy(struct resource_meta *);
bool resource_is_object(const struct json *, enum resource_kind,
                        struct field_errors *);

void geneve_option_validate_update(const struct json *old,
                                   const struct json *new,
                                   struct field_errors *);
void endpoint_validate_update(const struct json *old, const struct json *new,
                              struct field_errors *);

#endif /* lib/resource-private.h */
