/* The NVE object.
 *
 * A process of its own, so that a slow controller delays no packet.  It makes
 * the object if there is none, and then watches it: whenever the status is not
 * what it should be, it is written.  A watch tells what there is at its
 * beginning, so whatever went wrong before, the next watch mends it.
 *
 * status.instance says which host writes the status.  If it names another one,
 * the name is used twice: nothing is written then, and the log says so. */

#include <config.h>

#include "utilities/geneve-tap/tap-register.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/ga-version.h"
#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap.h"

#define API "/apis/nvo3.io/v1alpha1/nves"
#define WATCH_SECONDS 240
#define MAX_PAUSE 30                /* Seconds, between attempts. */
#define MAX_LINE (1 << 20)

struct text {
    char *s;
    size_t n;
};

struct registration {
    const struct tap_controller_config *config;
    char name[256];
    char instance[64];
    json_t *object;                 /* To create. */
    json_t *status;                 /* As it should be. */
    struct text line;               /* Of the watch, so far. */
    bool conflict;                  /* Somebody else writes the status. */
};

/* What there is to say. */

static json_t *
lengths_to_json(const struct recv_entry *e)
{
    return (e->min_len == e->max_len ? json_pack("i", e->min_len)
            : json_pack("[ii]", e->min_len, e->max_len));
}

static json_t *
table_to_json(const struct tap_config *c)
{
    static const char *const orders[] = { "any", "strict", "first" };
    const struct recv_table *table = &c->table;
    json_t *options = json_pack("[]"), *json;

    for (size_t i = 0; c->parses_options && i < table->n_entries; i++) {
        const struct recv_entry *e = &table->entries[i];
        char class[8], type[8];

        snprintf(class, sizeof class, "0x%04x", e->key.class);
        snprintf(type, sizeof type, "0x%02x", e->key.type);
        json_array_append_new(options, json_pack(
            "{sssssosb}", "class", class, "type", type, "length",
            lengths_to_json(e), "required", e->required));
    }
    json = json_pack("{sosssi}", "options", options, "order",
                     orders[table->order], "id", 1);
    if (table->limits.max_options != NEG_NO_LIMIT) {
        json_object_set_new(json, "maxOptions",
                            json_pack("i", table->limits.max_options));
    }
    if (table->limits.max_option_bytes != NEG_NO_LIMIT) {
        json_object_set_new(json, "maxOptionBytes",
                            json_pack("i", table->limits.max_option_bytes));
    }
    return json;
}

/* The address from which a remote is reached. */
static bool
get_local(const struct tap_remote *r, char address[NI_MAXHOST])
{
    struct sockaddr_storage local;
    socklen_t len = sizeof local;
    int fd = socket(r->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool ok = (fd >= 0
               && !connect(fd, (const struct sockaddr *) &r->address,
                           r->address_len)
               && !getsockname(fd, (struct sockaddr *) &local, &len)
               && !getnameinfo((struct sockaddr *) &local, len, address,
                               NI_MAXHOST, NULL, 0, NI_NUMERICHOST));

    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static bool
has_string(const json_t *array, const char *s)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (!strcmp(json_string_value(json_array_get(array, i)), s)) {
            return true;
        }
    }
    return false;
}

static json_t *
addresses_to_json(const struct tap *tap)
{
    json_t *array = json_pack("[]");
    char address[NI_MAXHOST];

    if (tap->config.listen) {
        json_array_append_new(array, json_pack("s", tap->config.listen));
        return array;
    }
    for (size_t i = 0; i < tap->n_remotes; i++) {
        if (get_local(&tap->remotes[i], address)
            && !has_string(array, address)) {
            json_array_append_new(array, json_pack("s", address));
        }
    }
    return array;
}

static unsigned int
min_mtu(const struct tap *tap)
{
    unsigned int min = UINT16_MAX;

    for (size_t i = 0; i < tap->n_remotes; i++) {
        min = tap->remotes[i].mtu < min ? tap->remotes[i].mtu : min;
    }
    return min;
}

static void
make_objects(struct registration *reg, const struct tap *tap)
{
    json_t *ips = addresses_to_json(tap);

    reg->object = json_pack(
        "{ssss s{ss} s{s{sOsisi}}}", "apiVersion", "nvo3.io/v1alpha1",
        "kind", "NVE", "metadata", "name", reg->name, "spec", "underlay",
        "ips", ips, "udpPort", atoi(tap->config.port), "mtu",
        (int) min_mtu(tap));
    reg->status = json_pack(
        "{ss s{so} so s{sisi} ss}", "instance", reg->instance,
        "underlay", "ips", ips, "receive", table_to_json(&tap->config),
        "transmit", "maxOptions", GENEVE_MAX_OPTIONS, "maxOptionBytes",
        GENEVE_MAX_OPT_BYTES, "agentVersion", "geneve-tap " GA_VERSION);
}

static void
make_names(struct registration *reg)
{
    FILE *file = fopen("/etc/machine-id", "r");
    char id[40] = "";

    if (file) {
        if (fscanf(file, "%32s", id) != 1) {
            id[0] = '\0';
        }
        fclose(file);
    }
    if (reg->config->name) {
        snprintf(reg->name, sizeof reg->name, "%s", reg->config->name);
    } else {
        gethostname(reg->name, sizeof reg->name - 1);
    }
    snprintf(reg->instance, sizeof reg->instance, "geneve-tap-%s",
             id[0] ? id : "unknown");
}

/* Requests. */

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
make_request(const struct registration *reg, const char *path,
             struct curl_slist **headers, const char *type)
{
    const struct tap_controller_config *c = reg->config;
    CURL *curl = tap_alloc_check(curl_easy_init());
    char url[2048], header[100];

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

/* Returns the status of the answer; 0 for none, which is logged. */
static long int
perform(CURL *curl, struct curl_slist *headers, const char *what)
{
    CURLcode rc = curl_easy_perform(curl);
    long int status = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (rc != CURLE_OK && !status) {
        syslog(LOG_WARNING, "controller: %s: %s", what,
               curl_easy_strerror(rc));
    } else if (status >= 400 && status != 409) {
        syslog(LOG_WARNING, "controller: %s: status %ld", what, status);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    return status;
}

static size_t
discard(char *data, size_t size, size_t n, void *aux)
{
    (void) data;
    (void) aux;
    return size * n;
}

static long int
write_object(const struct registration *reg, const char *method,
             const char *path, const char *type, const json_t *json)
{
    struct curl_slist *headers;
    char *body = json_dumps(json, JSON_COMPACT);
    CURL *curl = make_request(reg, path, &headers, type);

    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard);
    long int status = perform(curl, headers, method);
    free(body);
    return status;
}

static void
create(const struct registration *reg)
{
    write_object(reg, "POST", "", "application/json", reg->object);
}

static void
write_status(const struct registration *reg)
{
    json_t *patch = json_pack("{sO}", "status", reg->status);
    char path[300];

    snprintf(path, sizeof path, "/%s/status", reg->name);
    if (write_object(reg, "PATCH", path, "application/merge-patch+json",
                     patch) == 200) {
        syslog(LOG_INFO, "controller: NVE %s published", reg->name);
    }
    json_decref(patch);
}

/* Watching. */

/* Whether 'status' has all that it should have. */
static bool
is_published(const struct registration *reg, const json_t *status)
{
    const char *key;
    json_t *value;

    json_object_foreach (reg->status, key, value) {
        if (!json_equal(value, json_object_get(status, key))) {
            return false;
        }
    }
    return true;
}

static void
check_status(struct registration *reg, const json_t *status)
{
    const char *other = json_string_value(json_object_get(status,
                                                          "instance"));
    bool conflict = other && strcmp(other, reg->instance);

    if (conflict && !reg->conflict) {
        syslog(LOG_ERR, "controller: NVE %s: %s writes its status: use "
               "another --name, or delete the object", reg->name, other);
    }
    reg->conflict = conflict;
    if (!conflict && !is_published(reg, status)) {
        write_status(reg);
    }
}

static void
handle_event(struct registration *reg, const char *line, size_t n)
{
    json_t *event = json_loadb(line, n, 0, NULL);
    const char *type = json_string_value(json_object_get(event, "type"));
    json_t *object = json_object_get(event, "object");

    if (type && !strcmp(type, "DELETED")) {
        create(reg);
    } else if (type && (!strcmp(type, "ADDED")
                        || !strcmp(type, "MODIFIED"))) {
        check_status(reg, json_object_get(object, "status"));
    }
    json_decref(event);
}

static size_t
receive(char *data, size_t size, size_t n, void *reg_)
{
    struct registration *reg = reg_;
    struct text *line = &reg->line;

    n *= size;
    if (line->n + n > MAX_LINE) {
        return 0;
    }
    line->s = tap_alloc_check(realloc(line->s, line->n + n));
    memcpy(line->s + line->n, data, n);
    line->n += n;

    char *end;
    while (line->n && (end = memchr(line->s, '\n', line->n))) {
        size_t used = end + 1 - line->s;

        handle_event(reg, line->s, used);
        memmove(line->s, line->s + used, line->n - used);
        line->n -= used;
    }
    return n;
}

/* Watches until the controller ends it.  Returns whether it was possible. */
static bool
watch_object(struct registration *reg)
{
    struct curl_slist *headers;
    char path[400];

    snprintf(path, sizeof path, "?watch=1&timeoutSeconds=%d"
             "&fieldSelector=metadata.name%%3D%s", WATCH_SECONDS, reg->name);
    CURL *curl = make_request(reg, path, &headers, "application/json");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reg);
    /* A connection that died says nothing: the watch has an end. */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, WATCH_SECONDS + 30L);
    reg->line.n = 0;
    return perform(curl, headers, "watch") == 200;
}

static _Noreturn void
run(const struct tap *tap)
{
    struct registration reg = { .config = &tap->config.controller };
    unsigned int pause = 1;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    make_names(&reg);
    make_objects(&reg, tap);
    for (;;) {
        create(&reg);
        if (watch_object(&reg)) {
            pause = 1;
        }
        sleep(pause);
        pause = pause * 2 < MAX_PAUSE ? pause * 2 : MAX_PAUSE;
    }
}

void
tap_register_start(const struct tap *tap)
{
    pid_t parent = getpid();

    if (!tap->config.controller.url) {
        return;
    }
    pid_t pid = fork();
    if (pid < 0) {
        syslog(LOG_ERR, "fork: %s", strerror(errno));
    } else if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        closelog();
        close_range(STDERR_FILENO + 1, ~0U, 0);     /* Devices, sockets. */
        if (getppid() == parent) {
            run(tap);
        }
        _exit(0);
    }
}
