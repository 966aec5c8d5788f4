/* A VPC that gets another profile.
 *
 * Its packets keep the old profile ('sent' of struct m_vpc) until every remote
 * has its flows for the new one.  The endpoints' flows, which say which
 * profile a packet has, switch last. */
#ifndef GA_PROFILE_SWITCH_H
#define GA_PROFILE_SWITCH_H 1

struct agent;

/* Switches the VPCs that are ready.  To be called before remotes_run(). */
void profile_switch_run(struct agent *);
void profile_switch_wait(const struct agent *);

#endif /* agent/remotes/profile-switch.h */
