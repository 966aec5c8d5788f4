/* Which tunnel ports a remote NVE needs, and which address it is sent to. */
#ifndef GA_REMOTE_TUNNELS_H
#define GA_REMOTE_TUNNELS_H 1

#include <stdbool.h>

struct agent;
struct in6_addr;
struct m_nve;

/* Wants the tunnel ports that 'nve' needs now, and gives up those that it does
 * not need any more: all of them if it is no remote of ours. */
void remote_tunnels_update(struct agent *, struct m_nve *);

/* The underlay address of 'nve' that we send to, or NULL if it has none of a
 * family of ours, or none of its own.  Which family it is, if both nodes have
 * both, is for both the same. */
const struct in6_addr *m_nve_get_tx_ip(const struct agent *,
                                       const struct m_nve *);

/* Whether 'nve' has no such address although we have one.  Nothing can be
 * sent to it, and nothing can come from it.  The second function says why, in
 * half a sentence for the caller to free. */
bool m_nve_is_out_of_reach(const struct agent *, const struct m_nve *);
char *m_nve_describe_out_of_reach(const struct agent *, const struct m_nve *);

#endif /* agent/remotes/remote-tunnels.h */
