/* Which tunnel ports a remote NVE needs. */
#ifndef GA_REMOTE_TUNNELS_H
#define GA_REMOTE_TUNNELS_H 1

struct agent;
struct m_nve;

/* Wants the tunnel ports that an NVE needs now, and gives up those that it
 * does not need any more: all of them if it is not a remote of ours. */
void remote_tunnels_update(struct agent *, struct m_nve *);

#endif /* agent/remotes/remote-tunnels.h */
