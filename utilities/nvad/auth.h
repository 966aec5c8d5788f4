/* Bearer tokens. */
#ifndef GA_AUTH_H
#define GA_AUTH_H 1

#include <stdbool.h>

struct auth *auth_create(const char *token_file);
void auth_destroy(struct auth *);
bool auth_is_allowed(struct auth *, const char *authorization);

#endif /* utilities/nvad/auth.h */
