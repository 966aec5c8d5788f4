/* `agentctl explain': why packets to a remote carry what they carry.  See
 * show.h for the format. */
#ifndef GA_EXPLAIN_H
#define GA_EXPLAIN_H 1

#include "unixctl.h"

unixctl_cb_func explain_cb;         /* 'aux' is the agent. */

#endif /* agent/show/explain.h */
