/* Which label set of a VPC has which policy label.
 *
 * A policy label is a number from 1 on that stands for a label set (see
 * label-set.h) in the packets of one VPC.  Receivers decide by it, some of
 * them by what they knew a moment ago.  So a number that is given up means
 * nothing for an hour; only then may another set get it.
 *
 * Pure logic: all times are the caller's, in ms, and must not go backward. The
 * cost of an operation does not depend on the number of sets; at most it grows
 * with the logarithm of how many numbers are free. */
#ifndef GA_POLICY_LABEL_H
#define GA_POLICY_LABEL_H 1

#include <stdbool.h>
#include <stdint.h>

#define POLICY_LABEL_HOLD_MS (60 * 60 * 1000)

struct policy_labels *policy_labels_create(void);

/* NULL is fine. */
void policy_labels_destroy(struct policy_labels *);

/* Tells what earlier runs did, before anything else.
 *
 * Numbers above 'limit' have never been given.  Those up to it may have been
 * in use until just now: unless more is learned about one, it is not given
 * before POLICY_LABEL_HOLD_MS from 'now'. */
void policy_labels_start(struct policy_labels *, uint32_t limit,
                         long long int now);

/* Notes that 'set' has, or last had, 'number'.  Returns false and changes
 * nothing if that cannot be: 'number' is 0, another set's or reserved, or
 * 'set' has another one. */
bool policy_labels_learn(struct policy_labels *, const char *set,
                         uint32_t number, long long int now);

/* Returns the number of 'set', or gives it one: its last one if that still
 * means nothing else.  Returns 0 if none is left. */
uint32_t policy_labels_get(struct policy_labels *, const char *set,
                           long long int now);

/* Notes that 'set' has no endpoints any more. */
void policy_labels_release(struct policy_labels *, const char *set,
                           long long int now);

/* Notes that somebody else uses 'number' (an endpoint's spec.policyLabel): no
 * set has it then.  Returns the set that loses it, or NULL, for the caller to
 * free; that set may ask for another number.  Reservations are counted. */
char *policy_labels_reserve(struct policy_labels *, uint32_t number,
                            long long int now);
void policy_labels_unreserve(struct policy_labels *, uint32_t number,
                             long long int now);

/* Notes that one more, or one fewer, endpoint shows 'number', whether it
 * should or not.  As long as one does, the number is not given to a set that
 * did not have it. */
void policy_labels_show(struct policy_labels *, uint32_t number,
                        long long int now);
void policy_labels_unshow(struct policy_labels *, uint32_t number,
                          long long int now);

#endif /* lib/policy-label.h */
