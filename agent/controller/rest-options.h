/* HTTP requests: the parts of rest.c that say what is allowed.  rest.h has
 * rest_check_url() and rest_escape(), which are here as well. */
#ifndef GA_REST_OPTIONS_H
#define GA_REST_OPTIONS_H 1

#include <curl/curl.h>

struct rest_auth;

/* Verification, protocols, no redirects, no proxy, certificates. */
void rest_set_options(CURL *, const struct rest_auth *);

/* Adds the header with the token, if there is one and 'url' is https.
 * Returns the list. */
struct curl_slist *rest_add_token(struct curl_slist *,
                                  const struct rest_auth *, const char *url);

#endif /* agent/controller/rest-options.h */
