/* A VPC that gets another profile.
 *
 * Its packets go on with the old one ('sent' of struct m_vpc) until every
 * remote has its flows for the new one: the endpoints' flows, which say of
 * what profile a packet is, switch last. */
#ifndef GA_PROFILE_SWITCH_H
#define GA_PROFILE_SWITCH_H 1

struct agent;

/* Switches the VPCs that are ready: to be called before remotes_run() looks at
 * what changed. */
void profile_switch_run(struct agent *);
void profile_switch_wait(const struct agent *);

#endif /* agent/remotes/profile-switch.h */
