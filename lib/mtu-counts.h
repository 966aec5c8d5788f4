/* The smallest of many MTUs that change one at a time.
 *
 * The endpoints of a VPC get the smallest MTU of its remotes.  Ten thousand
 * remotes have a handful of different MTUs, so this counts how many have each:
 * when one remote changes, nobody has to look at the others. */
#ifndef GA_MTU_COUNTS_H
#define GA_MTU_COUNTS_H 1

#include <stddef.h>

struct mtu_count {
    int mtu;
    size_t n;                       /* How many have it, at least one. */
};

/* All-zero: nobody is counted. */
struct mtu_counts {
    struct mtu_count *counts;       /* In ascending order of 'mtu'. */
    size_t n, allocated;
};

void mtu_counts_destroy(struct mtu_counts *);

/* Notes that one that was counted with 'old' has 'new' now; 0 stands for "not
 * counted". */
void mtu_counts_change(struct mtu_counts *, int old, int new);

/* The smallest, or 0 if nobody is counted. */
int mtu_counts_min(const struct mtu_counts *);

#endif /* lib/mtu-counts.h */
