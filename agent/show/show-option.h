/* `agentctl option list': see show.h for the format. */
#ifndef GA_SHOW_OPTION_H
#define GA_SHOW_OPTION_H 1

#include "lib/option.h"
#include "unixctl.h"

struct agent;
struct m_option;

unixctl_cb_func show_option_list;   /* 'aux' is the agent. */

/* The valid definition of option 'key', or NULL. */
const struct m_option *show_option_find(const struct agent *, struct opt_key);

#endif /* agent/show/show-option.h */
