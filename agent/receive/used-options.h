/* The options that this node uses: those that it sends and those that it
 * requires of others. */
#ifndef GA_USED_OPTIONS_H
#define GA_USED_OPTIONS_H 1

#include <stddef.h>

struct agent;
struct plan_option;

/* Every option of the profiles of our active VPCs, and those that our receive
 * table requires: '*n' of them, for the caller to free. */
struct plan_option *used_options_collect(const struct agent *, size_t *n);

#endif /* agent/receive/used-options.h */
