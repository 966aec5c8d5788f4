/* The show commands about remotes: ga/remote-list, ga/remote-show. */
#ifndef GA_SHOW_REMOTE_H
#define GA_SHOW_REMOTE_H 1

#include "unixctl.h"

unixctl_cb_func show_remote_list;
unixctl_cb_func show_remote;

struct m_nve;
struct agent;

/* The remote called 'name', or NULL and '*error' is a sentence about it, for
 * the caller to free. */
const struct m_nve *show_remote_find(const struct agent *, const char *name,
                                     char **error);

/* What its status is as a whole: a status of negotiation, or "pending". */
const char *show_remote_status(const struct agent *, const struct m_nve *);

#endif /* agent/show/show-remote.h */
