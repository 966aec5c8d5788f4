/* Remote NVEs: the tunnels to them, and what was negotiated with each.
 *
 * For each remote that shares an active VPC with us, and each profile of such
 * VPCs, there is a struct m_encap: what packets of that profile carry to that
 * remote.  RFC 9638, section 6.7. */
#ifndef GA_REMOTES_H
#define GA_REMOTES_H 1

struct agent;
struct m_nve;

/* Follows a change of our own NVE object, after which every remote is looked
 * at again. */
void remotes_follow_self(struct agent *);

/* Negotiates with the remotes that changed.  Afterwards their encapsulations
 * are among the changed ones, and plan_assign_run() will look at them. */
void remotes_run(struct agent *);

/* Applies the plans to what was negotiated: the result is what is sent. */
void remotes_apply_plans(struct agent *);

/* Forgets all remotes: the agent is about to exit. */
void remotes_destroy_all(struct agent *);

/* The inner MTU of packets to a remote whose Geneve header has 'header_bytes'
 * bytes; 0 if it is not known.  RFC 8926, section 4.4.1. */
int remotes_get_mtu(const struct agent *, const struct m_nve *,
                    unsigned int header_bytes);

#endif /* agent/remotes/remotes.h */
