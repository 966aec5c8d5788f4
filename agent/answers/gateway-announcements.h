/* Who becomes the active candidate of a gateway says so on the provider
 * network: by gratuitous ARP (RFC 5227, section 3) and unsolicited neighbour
 * advertisements (RFC 4861, section 7.2.6), so that switches there learn the
 * port of the gateway's MAC, which itself stays the same. */
#ifndef GA_GATEWAY_ANNOUNCEMENTS_H
#define GA_GATEWAY_ANNOUNCEMENTS_H 1

struct agent;

/* Sends what is due.  To be called after ofctrl_run(). */
void gateway_announcements_run(struct agent *);
void gateway_announcements_wait(const struct agent *);

#endif /* agent/answers/gateway-announcements.h */
