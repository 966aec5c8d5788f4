/* `agentctl remote list' and `remote show': see show.h for the formats. */
#ifndef GA_SHOW_REMOTE_H
#define GA_SHOW_REMOTE_H 1

#include "unixctl.h"

/* 'aux' is the agent. */
unixctl_cb_func show_remote_list;
unixctl_cb_func show_remote;

struct m_nve;
struct agent;

/* Returns the remote called 'name', or NULL and stores a sentence about it in
 * '*error', for the caller to free. */
const struct m_nve *show_remote_find(const struct agent *, const char *name,
                                     char **error);

#endif /* agent/show/show-remote.h */
