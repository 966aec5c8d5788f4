/* Which options the packets of a profile are given, from the moment on that it
 * has them until nothing can send them any more. */
#ifndef GA_PROFILE_OPTIONS_H
#define GA_PROFILE_OPTIONS_H 1

struct agent;

/* Follows the profiles of the VPCs that changed in this turn, and lets options
 * go that nobody needs any more.  To be called before the options that
 * plans map are collected. */
void profile_options_run(struct agent *);
void profile_options_wait(const struct agent *);

#endif /* agent/remotes/profile-options.h */
