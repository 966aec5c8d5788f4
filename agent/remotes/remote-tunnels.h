/* Which tunnel ports a remote NVE needs. */
#ifndef GA_REMOTE_TUNNELS_H
#define GA_REMOTE_TUNNELS_H 1

#include <stdint.h>

struct agent;
struct encapsulation;
struct m_nve;

/* Wants the tunnel ports that an NVE needs now, and gives up those that it
 * does not need any more: all of them if it is not a remote of ours. */
void remote_tunnels_update(struct agent *, struct m_nve *);

/* The UDP port on which this node receives packets of 'encapsulation'. */
uint16_t remote_tunnels_get_own_port(const struct agent *,
                                     const struct encapsulation *);

#endif /* agent/remotes/remote-tunnels.h */
