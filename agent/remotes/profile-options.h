/* Which options the packets of a profile get: each one from when the profile
 * has it until no flow can send it any more. */
#ifndef GA_PROFILE_OPTIONS_H
#define GA_PROFILE_OPTIONS_H 1

struct agent;

/* Follows the profiles of the VPCs that changed in this turn, and drops
 * options that nobody needs any more.  To be called before
 * mapped_options_run(). */
void profile_options_run(struct agent *);
void profile_options_wait(const struct agent *);

#endif /* agent/remotes/profile-options.h */
