/* Announcements of floating IPs: when one has come to this node, the provider
 * network's switches are to send its packets here.
 *
 * Its MAC is the same on all nodes, so hosts and routers have nothing to
 * learn; gratuitous ARP, and unsolicited advertisements, are for switches. */
#ifndef GA_EXT_ANNOUNCEMENTS_H
#define GA_EXT_ANNOUNCEMENTS_H 1

struct agent;
struct ext_announcements;

struct ext_announcements *ext_announcements_create(void);
void ext_announcements_destroy(struct ext_announcements *);

/* Announces those that have come, as soon as the switch has their flows, and
 * twice again after that. */
void ext_announcements_run(struct agent *);
void ext_announcements_wait(const struct agent *);

#endif /* agent/answers/ext-announcements.h */
