/* `agentctl explain': why packets to a remote carry what they carry. */
#ifndef GA_EXPLAIN_H
#define GA_EXPLAIN_H 1

#include "unixctl.h"

unixctl_cb_func explain_cb;

#endif /* agent/show/explain.h */
