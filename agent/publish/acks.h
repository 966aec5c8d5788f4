/* Acknowledgements: as a sender, we say which tables we have applied.
 *
 * An NVE that takes something back of what it advertised says so in
 * status.withdrawing, and waits until every NVE that shares a VPC with it has
 * applied its new table.  We have applied it when the switch has confirmed the
 * flows that were made of it, and the datapath has caught up.  Then, and only
 * as long as status.withdrawing is there, we write an AdvertisementAck with
 * the table's id (status.receive.id).  We delete it when the withdrawal is
 * over.  Nobody but the receiver watches it: what 10,000 senders have to say
 * to one does not wake the others. */
#ifndef GA_ACKS_H
#define GA_ACKS_H 1

struct acks;
struct agent;

struct acks *acks_create(void);

/* NULL is fine.  What was written stays there. */
void acks_destroy(struct acks *);

/* Takes note of the NVEs that changed in this turn, and acknowledges what has
 * taken effect.  To be called after flows_run(). */
void acks_run(struct agent *);

#endif /* agent/publish/acks.h */
