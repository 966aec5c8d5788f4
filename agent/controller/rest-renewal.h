/* Whether the files that tell who is who in TLS have been replaced. */
#ifndef GA_REST_RENEWAL_H
#define GA_REST_RENEWAL_H 1

#include <stdbool.h>

struct rest_auth;
struct rest_renewal;

/* The parameter must live as long.  Returns NULL if it has no such file. */
struct rest_renewal *rest_renewal_create(const struct rest_auth *);

/* NULL is fine in place of the structure. */
void rest_renewal_destroy(struct rest_renewal *);

/* Returns true if CAs, certificate or key have been replaced since the last
 * time that it returned true, all files are there, and none has changed for a
 * second: a certificate and its key may come one after the other. */
bool rest_renewal_run(struct rest_renewal *);
void rest_renewal_wait(struct rest_renewal *);

#endif /* agent/controller/rest-renewal.h */
