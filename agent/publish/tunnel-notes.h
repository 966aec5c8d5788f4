/* Notes on tunnel ports, for people: which options go to the remote there.
 *
 * They are external_ids of the Interface, so that `ovs-vsctl list interface'
 * tells the story, too. */
#ifndef GA_TUNNEL_NOTES_H
#define GA_TUNNEL_NOTES_H 1

struct agent;
struct tunnel_notes;

struct tunnel_notes *tunnel_notes_create(void);

/* NULL is fine. */
void tunnel_notes_destroy(struct tunnel_notes *);

/* Writes the notes on remotes that changed, when the switch has confirmed
 * that, with those of others that change in the same fraction of a second. */
void tunnel_notes_run(struct agent *);
void tunnel_notes_wait(const struct agent *);

#endif /* agent/publish/tunnel-notes.h */
