/* To which underlay address packets for a remote NVE are sent. */
#ifndef GA_REMOTE_ADDRESS_H
#define GA_REMOTE_ADDRESS_H 1

struct agent;
struct in6_addr;
struct m_nve;

/* Sets 'tx_ip' and 'out_of_reach' of 'nve'.  To be called when its object, our
 * own one or our addresses changed. */
void remote_address_update(const struct agent *, struct m_nve *nve);

/* The underlay address that we send from if we send to 'ip', or NULL. */
const struct in6_addr *remote_address_get_own(const struct agent *,
                                              const struct in6_addr *ip);

/* Why no other node can know where this one is, in one sentence for the caller
 * to free; NULL if they can, or while our NVE has no object. */
char *remote_address_check_own(const struct agent *);

/* Why 'nve' is out of reach, in half a sentence for the caller to free. */
char *remote_address_explain(const struct agent *, const struct m_nve *nve);

#endif /* agent/remotes/remote-address.h */
