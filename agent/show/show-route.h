/* `agentctl route list': see show.h for the format. */
#ifndef GA_SHOW_ROUTE_H
#define GA_SHOW_ROUTE_H 1

#include "unixctl.h"

unixctl_cb_func show_route_list;    /* 'aux' is the agent. */

#endif /* agent/show/show-route.h */
