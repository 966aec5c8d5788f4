/* Addresses that endpoints have declined (RFC 2131, section 4.3.3; RFC 8415,
 * section 18.3.8): before they used an address they asked whether anybody has
 * it, and somebody answered.  An alarm names the endpoint for as long as that
 * is recent. */
#ifndef GA_DHCP_DECLINES_H
#define GA_DHCP_DECLINES_H 1

struct agent;
struct dhcp_declines;

struct dhcp_declines *dhcp_declines_create(void);
void dhcp_declines_destroy(struct dhcp_declines *);

/* Notes that 'endpoint' has declined 'address' now. */
void dhcp_declines_note(struct dhcp_declines *, const char *endpoint,
                        const char *address);

/* Keeps the alarms up to date. */
void dhcp_declines_run(struct agent *);
void dhcp_declines_wait(const struct agent *);

#endif /* agent/answers/dhcp-declines.h */
