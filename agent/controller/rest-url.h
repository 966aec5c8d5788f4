/* URLs of a REST server. */
#ifndef GA_REST_URL_H
#define GA_REST_URL_H 1

#include <stdbool.h>

struct ds;

/* Whether 'url' can be a controller's: http or https, a host, perhaps a port
 * and a path, nothing else.  If not, sets '*error' to a message, for the
 * caller to free. */
bool rest_url_check(const char *url, char **error);

/* 'url' without a '/' at its end, for the caller to free. */
char *rest_url_strip(const char *url);

/* 's' for use in a query, for the caller to free. */
char *rest_url_escape(const char *s);

/* Appends "NAME=VALUE&" to 'url', the value escaped; nothing if it is NULL. */
void rest_url_put_parameter(struct ds *url, const char *name,
                            const char *value);

#endif /* agent/controller/rest-url.h */
