/* `agentctl service list' and `service show': see show.h for the format. */
#ifndef GA_SHOW_SERVICE_H
#define GA_SHOW_SERVICE_H 1

#include "unixctl.h"

/* 'aux' is the agent. */
unixctl_cb_func show_service_list;
unixctl_cb_func show_service;

#endif /* agent/show/show-service.h */
