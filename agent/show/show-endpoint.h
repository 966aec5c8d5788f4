/* `agentctl endpoint list': see show.h for the format. */
#ifndef GA_SHOW_ENDPOINT_H
#define GA_SHOW_ENDPOINT_H 1

#include "unixctl.h"

unixctl_cb_func show_endpoint_list; /* 'aux' is the agent. */

#endif /* agent/show/show-endpoint.h */
