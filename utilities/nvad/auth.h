/* Who may use the API: clients with a bearer token (RFC 6750, section 2.1). */
#ifndef GA_AUTH_H
#define GA_AUTH_H 1

#include <stdbool.h>

/* 'token_file' may be NULL: everybody is allowed. */
struct auth *auth_create(const char *token_file);
void auth_destroy(struct auth *);

/* 'authorization' is the header's value, or NULL. */
bool auth_is_allowed(struct auth *, const char *authorization);

#endif /* utilities/nvad/auth.h */
