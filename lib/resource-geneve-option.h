/* GeneveOption: the definition of an option (RFC 8926, section 3.5). */
#ifndef GA_RESOURCE_GENEVE_OPTION_H
#define GA_RESOURCE_GENEVE_OPTION_H 1

#include "lib/resource-class.h"
#include "lib/value.h"

extern const struct resource_class geneve_option_class;

struct geneve_option {
    struct resource_meta meta;
    struct opt_key key;
    uint8_t length;                 /* Data bytes. */
    char *description;              /* Or "". */
    struct value_source value;
};

struct geneve_option *geneve_option_from_json(const struct json *,
                                              struct field_errors *,
                                              struct svec *warnings);
void geneve_option_destroy(struct geneve_option *);

#endif /* lib/resource-geneve-option.h */
