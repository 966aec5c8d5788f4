/* What enforcing policies needs besides flows made from the model:
 *
 * - An endpoint gets its flows only when the policies of its VPC are known.
 *   If it is the node's first endpoint of the VPC, they come some time after
 *   the endpoint, and until then it would be open.
 * - Each endpoint here that a policy selects has a conntrack zone with a limit
 *   (nve-ct-limit; an alarm tells who is near it).  The zone is flushed when
 *   the endpoint no longer uses it.
 * - The endpoints of a remote that shares such a VPC are known as senders
 *   either by the label in their packets or by their address.
 *
 * A remote's endpoints are known by address if it does not send us the label,
 * because it cannot or because we do not take it.  Negotiation says so
 * (peer-view.h); nothing is guessed.  When the remote begins to send labels,
 * packets without one may still be under way, so addresses are good for a
 * little longer.  If the VPC's profile requires the label, addresses are never
 * good. */
#ifndef GA_ENFORCE_H
#define GA_ENFORCE_H 1

struct agent;
struct enforce;

/* How long addresses stay good for a remote after it was told that we take the
 * label.  It sends labels as soon as it has heard of that. */
#define ENFORCE_GRACE_MS 5000

struct enforce *enforce_create(const char *rundir);
void enforce_destroy(struct enforce *);

/* To be called before flows are made: may add to the model's 'changed'
 * sets. */
void enforce_run(struct agent *);

/* Flushes the zones that no flow uses any more.  To be called after
 * ofctrl_run(). */
void enforce_flush(struct agent *);
void enforce_wait(const struct agent *);

#endif /* agent/remotes/enforce.h */
