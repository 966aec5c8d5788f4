/* `agentctl status': see show.h for the format. */
#ifndef GA_SHOW_STATUS_H
#define GA_SHOW_STATUS_H 1

#include "unixctl.h"

unixctl_cb_func show_status;        /* 'aux' is the agent. */

#endif /* agent/show/show-status.h */
