/* Whether the file systems that we and Open vSwitch write to have room. */
#ifndef GA_DISKS_H
#define GA_DISKS_H 1

#include "agent/node/rows.h"

struct disks;

struct disks *disks_create(void);
void disks_destroy(struct disks *);

/* Directory 'path' is to be looked at from now on.  'what' says, for people,
 * what cannot be written when it is full: "the agent's log".  Of paths on one
 * file system one is told. */
void disks_add(struct disks *, const char *path, const char *what);

/* The same for those where the agent and Open vSwitch log. */
void disks_add_logs(struct disks *);

/* Looks at them every few seconds; 'now' is time_msec(). */
void disks_run(struct disks *, long long int now);
void disks_wait(const struct disks *);

/* Calls 'cb' for each that is full or read-only; objects are
 * "disk /var/log". */
void disks_for_each_problem(const struct disks *, rows_problem_cb *cb,
                            void *aux);

#endif /* agent/node/disks.h */
