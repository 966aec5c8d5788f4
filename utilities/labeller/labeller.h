/* Policy labels for endpoints: what nva-labeller does, without its main().
 *
 * It mirrors the VPCs and endpoints of a controller (nvad, or a Kubernetes
 * API server with our resource definitions) and writes status.policyLabel of
 * every endpoint.  It keeps nothing of its own: all that a successor has to
 * know is in the objects' status. */
#ifndef GA_LABELLER_H
#define GA_LABELLER_H 1

struct ds;
struct rest_auth;

/* 'url' is that of the controller, without a '/' at its end, and must have
 * passed rest_url_check(); 'auth' is copied. */
struct labeller *labeller_create(const char *url, const struct rest_auth *);

/* NULL is fine. */
void labeller_destroy(struct labeller *);

/* Does what can be done without waiting. */
void labeller_run(struct labeller *);
void labeller_wait(struct labeller *);

/* Appends, for people, what the labeller does, what does not work, and each
 * VPC's numbers. */
void labeller_show(const struct labeller *, struct ds *);

#endif /* utilities/labeller/labeller.h */
