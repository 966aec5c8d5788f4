/* The options that TLV maps should have: those that we send, those that we
 * receive, and those that we still receive.  Every plan maps all of them, in
 * an order of its own. */
#ifndef GA_MAPPED_OPTIONS_H
#define GA_MAPPED_OPTIONS_H 1

#include <stddef.h>

struct agent;
struct plan_option;

struct mapped_options {
    struct plan_option *options;
    size_t n;
};

struct mapped_options *mapped_options_create(void);
void mapped_options_destroy(struct mapped_options *);

/* Follows the VPCs that changed in this turn.  Sets agent->options_changed if
 * the base plan lacks an option. */
void mapped_options_run(struct agent *);

#endif /* agent/receive/mapped-options.h */
