/* HTTP requests: the options of libcurl that say what is allowed. */
#ifndef GA_REST_OPTIONS_H
#define GA_REST_OPTIONS_H 1

#include <curl/curl.h>

struct rest_auth;

/* Sets verification, protocols and certificates; no redirects, no proxy. */
void rest_options_set(CURL *, const struct rest_auth *);

/* Adds the header with the token, if there is one and 'url' is https.
 * Returns the list. */
struct curl_slist *rest_options_add_token(struct curl_slist *,
                                          const struct rest_auth *,
                                          const char *url);

#endif /* agent/controller/rest-options.h */
