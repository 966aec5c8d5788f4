/* OptionProfile: what the packets of a VPC carry. */
#ifndef GA_RESOURCE_OPTION_PROFILE_H
#define GA_RESOURCE_OPTION_PROFILE_H 1

#include "lib/resource-class.h"

extern const struct resource_class option_profile_class;

struct profile_entry {
    char *option;                   /* Name of a GeneveOption. */
    bool required;
    int priority;
};
struct option_profile {
    struct resource_meta meta;
    struct profile_entry *entries;
    size_t n_entries;
};

struct option_profile *option_profile_from_json(const struct json *,
                                                struct field_errors *);
void option_profile_destroy(struct option_profile *);

#endif /* lib/resource-option-profile.h */
