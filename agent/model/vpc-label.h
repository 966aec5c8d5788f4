/* Labels nvo3.io/vpc that contradict their object. */
#ifndef GA_VPC_LABEL_H
#define GA_VPC_LABEL_H 1

struct alarms;
struct object;

/* Raises an alarm if 'object', which has changed, is of another VPC than its
 * label says, and clears it if not.  The label does not count here, but it
 * misleads people, and programs that select by it. */
void vpc_label_check(struct alarms *, const struct object *);

#endif /* agent/model/vpc-label.h */
