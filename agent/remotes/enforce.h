/* What enforcing policies needs besides flows made from the model:
 *
 * - an endpoint gets its flows only when the policies of its VPC are known: on
 *   a node that had none of the VPC's endpoints they come some time after the
 *   endpoint, and meanwhile it would be open;
 * - a conntrack zone for each endpoint here that a policy selects, flushed
 *   when it no longer uses it;
 * - for each remote with endpoints of such a VPC, how its endpoints are known
 *   as senders: by the label in their packets, or by their address.
 *
 * A remote is known by address if it does not send us the label: it cannot, or
 * we do not take it.  That is what negotiation says (peer-view.h), never a
 * guess.  When it begins to send labels, packets without one may still be
 * under way, so its addresses stay known a little longer.  If the VPC's
 * profile requires the label, addresses prove nothing. */
#ifndef GA_ENFORCE_H
#define GA_ENFORCE_H 1

struct agent;
struct enforce;

/* That long addresses are still good for a remote that has been told that we
 * take the label; it sends labels as soon as it has heard of it. */
#define ENFORCE_GRACE_MS 5000

struct enforce *enforce_create(const char *rundir);
void enforce_destroy(struct enforce *);

/* Before flows are made: may add to the model's 'changed' sets. */
void enforce_run(struct agent *);

/* After ofctrl_run(). */
void enforce_flush(struct agent *);
void enforce_wait(const struct agent *);

#endif /* agent/remotes/enforce.h */
