/* `agentctl qos list': see show.h for the format. */
#ifndef GA_SHOW_QOS_H
#define GA_SHOW_QOS_H 1

#include "unixctl.h"

unixctl_cb_func show_qos_list;      /* 'aux' is the agent. */

#endif /* agent/show/show-qos.h */
