/* Requests to a controller, with libcurl: one after the other, each waits for
 * its answer.  Only while a watch goes on may there be another, made by what
 * handles the watch's events. */

#include <config.h>

#include "utilities/geneve-tap/tap-http.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-config.h"

#define API "/apis/nvo3.io/v1alpha1"
#define TIMEOUT 20L                 /* Seconds. */
#define MAX_BODY (64 << 20)

struct text {
    char *s;
    size_t n;
};

/* A watch, as it comes in. */
struct lines {
    const struct tap_http_watcher *watcher;
    struct text text;               /* What is not a whole line yet. */
};

/* The token is read anew for each request, and sent over TLS only. */
static struct curl_slist *
add_token(const struct tap_controller_config *c, struct curl_slist *headers)
{
    char token[4096], header[4200];
    FILE *file = fopen(c->token, "r");

    if (!file) {
        syslog(LOG_ERR, "%s: %s", c->token, strerror(errno));
        return headers;
    }
    if (strncmp(c->url, "https:", 6)) {
        syslog(LOG_ERR, "%s: not sent without TLS", c->token);
    } else if (fscanf(file, "%4095s", token) == 1) {
        snprintf(header, sizeof header, "Authorization: Bearer %s", token);
        headers = curl_slist_append(headers, header);
    }
    fclose(file);
    return headers;
}

static CURL *
make_request(const struct tap_controller_config *c, const char *path,
             const char *type, struct curl_slist **headers)
{
    CURL *curl = tap_alloc_check(curl_easy_init());
    char url[4096], header[100];

    snprintf(url, sizeof url, "%s" API "%s", c->url, path);
    snprintf(header, sizeof header, "Content-Type: %s", type);
    *headers = curl_slist_append(NULL, header);
    if (c->token) {
        *headers = add_token(c, *headers);
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    if (c->ca) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, c->ca);
    }
    if (c->certificate) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, c->certificate);
        curl_easy_setopt(curl, CURLOPT_SSLKEY, c->key);
    }
    return curl;
}

static long int
perform(CURL *curl, struct curl_slist *headers, const char *what)
{
    CURLcode rc = curl_easy_perform(curl);
    long int status = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (rc != CURLE_OK && !status) {
        syslog(LOG_WARNING, "controller: %s: %s", what,
               curl_easy_strerror(rc));
    } else if (status >= 400 && status != 404 && status != 409
               && status != 410) {
        syslog(LOG_WARNING, "controller: %s: status %ld", what, status);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return status;
}

/* Returns false if that would be too much. */
static bool
append(struct text *text, const char *data, size_t n)
{
    if (text->n + n > MAX_BODY) {
        return false;
    }
    text->s = tap_alloc_check(realloc(text->s, text->n + n + 1));
    memcpy(text->s + text->n, data, n);
    text->n += n;
    return true;
}

static size_t
receive_body(char *data, size_t size, size_t n, void *text)
{
    return append(text, data, size * n) ? size * n : 0;
}

long int
tap_http_get(const struct tap_controller_config *c, const char *path,
             json_t **answer)
{
    struct curl_slist *headers;
    struct text text = { NULL, 0 };
    CURL *curl = make_request(c, path, "application/json", &headers);

    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &text);
    long int status = perform(curl, headers, "GET");
    *answer = text.n ? json_loadb(text.s, text.n, 0, NULL) : NULL;
    free(text.s);
    return status;
}

static size_t
discard(char *data, size_t size, size_t n, void *aux)
{
    (void) data;
    (void) aux;
    return size * n;
}

long int
tap_http_write(const struct tap_controller_config *c, const char *method,
               const char *path, const json_t *json)
{
    struct curl_slist *headers;
    char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
    CURL *curl = make_request(c, path, strcmp(method, "PATCH")
                              ? "application/json"
                              : "application/merge-patch+json", &headers);

    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    if (body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    }
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
    long int status = perform(curl, headers, method);
    free(body);
    return status;
}

/* Watching: an event a line. */

static size_t
receive_lines(char *data, size_t size, size_t n, void *lines_)
{
    struct lines *lines = lines_;
    struct text *text = &lines->text;
    bool go_on = append(text, data, size * n);
    char *end;

    while (go_on && text->n && (end = memchr(text->s, '\n', text->n))) {
        size_t used = end + 1 - text->s;
        json_t *event = json_loadb(text->s, used, 0, NULL);

        memmove(text->s, text->s + used, text->n - used);
        text->n -= used;
        go_on = lines->watcher->handle(event, lines->watcher->aux);
        json_decref(event);
    }
    return go_on ? size * n : 0;
}

static int
tick(void *watcher_, curl_off_t total, curl_off_t now, curl_off_t up_total,
     curl_off_t up_now)
{
    const struct tap_http_watcher *watcher = watcher_;

    (void) total;
    (void) now;
    (void) up_total;
    (void) up_now;
    watcher->tick(watcher->aux);
    return 0;
}

long int
tap_http_watch(const struct tap_controller_config *c, const char *path,
               unsigned int seconds, const struct tap_http_watcher *watcher)
{
    struct lines lines = { .watcher = watcher };
    struct curl_slist *headers;
    CURL *curl = make_request(c, path, "application/json", &headers);

    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive_lines);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &lines);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, tick);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, watcher);
    /* A connection that died says nothing: the watch has an end. */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long int) seconds);
    long int status = perform(curl, headers, "watch");
    free(lines.text.s);
    return status;
}
