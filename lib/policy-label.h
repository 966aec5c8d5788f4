/* Which label set of a VPC has which policy label.
 *
 * A policy label is a number from 1 on that stands for a label set (see
 * label-set.h) in the packets of one VPC.  Receivers go by it, some of them
 * by what they knew a moment ago, so a number that is given up means nothing
 * for an hour, and only then, perhaps, another set.
 *
 * Pure logic: all times are the caller's, in ms, and must not go backward.
 * Every operation costs the same however many sets there are, or the
 * logarithm of how many numbers are free. */
#ifndef GA_POLICY_LABEL_H
#define GA_POLICY_LABEL_H 1

#include <stdbool.h>
#include <stdint.h>

#define POLICY_LABEL_HOLD_MS (60 * 60 * 1000)

struct policy_labels *policy_labels_create(void);
void policy_labels_destroy(struct policy_labels *);

/* For the start: what earlier runs did.
 *
 * Numbers above 'limit' have never been given.  Those up to it may have been
 * until just now: as far as nothing else is known of them they are not given
 * before POLICY_LABEL_HOLD_MS from 'now'. */
void policy_labels_start(struct policy_labels *, uint32_t limit,
                         long long int now);

/* 'set' has, or last had, 'number'.  Returns false, and nothing changes, if
 * that cannot be: 'number' is 0, another set's or reserved, or 'set' has
 * another one. */
bool policy_labels_learn(struct policy_labels *, const char *set,
                         uint32_t number, long long int now);

/* Gives 'set' a number, unless it has one, and returns it: its last one if
 * that still means nothing else.  0 if none is left. */
uint32_t policy_labels_get(struct policy_labels *, const char *set,
                           long long int now);

/* 'set', which has a number, has no endpoints any more. */
void policy_labels_release(struct policy_labels *, const char *set,
                           long long int now);

/* Somebody else decided that 'number' is in use (an endpoint's
 * spec.policyLabel): no set has it then.  Returns the set that loses it, or
 * NULL, for the caller to free; that set may ask for another one.  Each
 * reservation counts. */
char *policy_labels_reserve(struct policy_labels *, uint32_t number,
                            long long int now);
void policy_labels_unreserve(struct policy_labels *, uint32_t number,
                             long long int now);

/* An endpoint shows, or no longer shows, 'number', whether it should or not:
 * as long as one does, the number is not given to a set that did not have it.
 * Each counts. */
void policy_labels_show(struct policy_labels *, uint32_t number,
                        long long int now);
void policy_labels_unshow(struct policy_labels *, uint32_t number,
                          long long int now);

#endif /* lib/policy-label.h */
