/* `agentctl plan list': see show.h for the format. */
#ifndef GA_SHOW_PLAN_H
#define GA_SHOW_PLAN_H 1

#include "unixctl.h"

unixctl_cb_func show_plan_list;     /* 'aux' is the agent. */

#endif /* agent/show/show-plan.h */
