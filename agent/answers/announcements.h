/* Addresses that have another MAC than before are announced to the endpoints
 * of the VPC here: by a gratuitous ARP (RFC 5227, section 3) or an unsolicited
 * neighbour advertisement (RFC 4861, section 7.2.6).
 *
 * Otherwise they would go on to send to the MAC that they know, for as long as
 * their own timers have it: no endpoint may say such a thing itself (see
 * flows/spoof.h).  Every node announces to its own endpoints, so nothing of
 * this crosses the underlay. */
#ifndef GA_ANNOUNCEMENTS_H
#define GA_ANNOUNCEMENTS_H 1

struct agent;
struct announcements;

struct announcements *announcements_create(void);
void announcements_destroy(struct announcements *);

/* Notes the addresses of the endpoints that changed in this turn, and sends
 * what the switch is ready for.  To be called after ofctrl_run(). */
void announcements_run(struct agent *);

#endif /* agent/answers/announcements.h */
