/* Which conntrack zone each external address of this node has: noted in the
 * database, for the next run of the agent and for people. */
#ifndef GA_NAT_ZONE_NOTE_H
#define GA_NAT_ZONE_NOTE_H 1

struct agent;

/* Notes what has changed, and has zones flushed that nobody wants any more. */
void nat_zone_note_run(struct agent *);
void nat_zone_note_wait(const struct agent *);

#endif /* agent/publish/nat-zone-note.h */
