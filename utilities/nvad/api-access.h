/* Who may come in, and what those are told who may not. */
#ifndef GA_API_ACCESS_H
#define GA_API_ACCESS_H 1

#include <stdbool.h>

#include "utilities/nvad/http-request.h"

struct json;

/* Whether a path is for everybody: those that say how nvad does. */
bool api_access_is_public(const char *path);

/* An http_gate: looks for a token among the headers. */
http_gate api_access_check;

/* The answer to a request that is refused whatever it asks for, or NULL.  May
 * add headers to the answer. */
struct json *api_access_refusal(struct http_request *);

#endif /* utilities/nvad/api-access.h */
