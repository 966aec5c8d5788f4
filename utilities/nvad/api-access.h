/* Who may come in, and what those are told who may not. */
#ifndef GA_API_ACCESS_H
#define GA_API_ACCESS_H 1

#include <stdbool.h>

#include "utilities/nvad/http-request.h"

struct auth;
struct json;

/* Whether a path is for everybody: those that say how nvad does. */
bool api_access_is_public(const char *path);

/* Looks for a token among the headers, as an http_gate does. */
enum http_problem api_access_check(struct auth *,
                                   const struct http_request *);

/* The answer to a request that is refused whatever it asks for, or NULL.  May
 * add headers to the answer. */
struct json *api_access_refusal(struct http_request *);

#endif /* utilities/nvad/api-access.h */
