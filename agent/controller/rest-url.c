/* URLs: see rest-url.h. */

#include <config.h>

#include "agent/controller/rest-url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

bool
rest_url_check(const char *url, char **error)
{
    static const CURLUPart unwanted[] = {
        CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
        CURLUPART_FRAGMENT
    };
    CURLU *u = curl_url();
    char *part = NULL;
    CURLUcode code;

    *error = NULL;
    code = curl_url_set(u, CURLUPART_URL, url, 0);
    if (!code) {
        code = curl_url_get(u, CURLUPART_SCHEME, &part, 0);
    }
    if (code) {
        *error = xasprintf("\"%.200s\" is not a URL", url);
    } else if (strcmp(part, "http") && strcmp(part, "https")) {
        *error = xasprintf("\"%.200s\": only http, https and file URLs are "
                           "supported", url);
    }
    curl_free(part);
    for (size_t i = 0; i < ARRAY_SIZE(unwanted) && !*error; i++) {
        if (!curl_url_get(u, unwanted[i], &part, 0)) {
            curl_free(part);
            *error = xasprintf("a controller's URL must not have a user, "
                               "password, query or fragment");
        }
    }
    curl_url_cleanup(u);
    return !*error;
}

char *
rest_url_strip(const char *url)
{
    size_t n = strlen(url);

    while (n && url[n - 1] == '/') {
        n--;
    }
    return xmemdup0(url, n);
}

char *
rest_url_escape(const char *s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *result = xmalloc(3 * strlen(s) + 1);
    char *p = result;

    for (; *s; s++) {
        unsigned char c = *s;

        if (isalnum(c) || strchr("-._~", c)) {
            *p++ = c;
        } else {
            *p++ = '%';
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
        }
    }
    *p = '\0';
    return result;
}

void
rest_url_put_parameter(struct ds *url, const char *name, const char *value)
{
    if (value) {
        char *escaped = rest_url_escape(value);

        ds_put_format(url, "%s=%s&", name, escaped);
        free(escaped);
    }
}
