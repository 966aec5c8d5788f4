/* The NVE object of this host.
 *
 * status.instance says which host writes the status.  If it names another one,
 * the name is used twice: nothing is written then, and the log says so. */

#include <config.h>

#include "utilities/geneve-tap/tap-own-nve.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "lib/ga-version.h"
#include "utilities/geneve-tap/tap-http.h"
#include "utilities/geneve-tap/tap.h"

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
                     tap_config_order_to_string(table->order), "id", 1);
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
make_objects(struct tap_own_nve *own, const struct tap *tap)
{
    json_t *ips = addresses_to_json(tap);

    own->object = json_pack(
        "{ssss s{ss} s{s{sOsisi}}}", "apiVersion", "nvo3.io/v1alpha1",
        "kind", "NVE", "metadata", "name", own->name, "spec", "underlay",
        "ips", ips, "udpPort", atoi(tap->config.port), "mtu",
        (int) min_mtu(tap));
    own->status = json_pack(
        "{ss s{so} so s{sisi} ss}", "instance", own->instance,
        "underlay", "ips", ips, "receive", table_to_json(&tap->config),
        "transmit", "maxOptions", GENEVE_MAX_OPTIONS, "maxOptionBytes",
        GENEVE_MAX_OPT_BYTES, "agentVersion", "geneve-tap " GA_VERSION);
}

static void
make_names(struct tap_own_nve *own)
{
    FILE *file = fopen("/etc/machine-id", "r");
    char id[40] = "";

    if (file) {
        if (fscanf(file, "%32s", id) != 1) {
            id[0] = '\0';
        }
        fclose(file);
    }
    if (own->config->name) {
        snprintf(own->name, sizeof own->name, "%s", own->config->name);
    } else {
        gethostname(own->name, sizeof own->name - 1);
    }
    snprintf(own->instance, sizeof own->instance, "geneve-tap-%s",
             id[0] ? id : "unknown");
}

void
tap_own_nve_init(struct tap_own_nve *own, const struct tap *tap)
{
    *own = (struct tap_own_nve) { .config = &tap->config.controller };
    make_names(own);
    make_objects(own, tap);
}

/* At the controller. */

void
tap_own_nve_create(const struct tap_own_nve *own)
{
    tap_http_write(own->config, "POST", "/nves", own->object);
}

static void
write_status(const struct tap_own_nve *own)
{
    json_t *patch = json_pack("{sO}", "status", own->status);
    char path[300];

    snprintf(path, sizeof path, "/nves/%s/status", own->name);
    if (tap_http_write(own->config, "PATCH", path, patch) == 200) {
        syslog(LOG_INFO, "controller: NVE %s published", own->name);
    }
    json_decref(patch);
}

/* Whether 'status' has all that it should have. */
static bool
is_published(const struct tap_own_nve *own, const json_t *status)
{
    const char *key;
    json_t *value;

    json_object_foreach (own->status, key, value) {
        if (!json_equal(value, json_object_get(status, key))) {
            return false;
        }
    }
    return true;
}

void
tap_own_nve_check(struct tap_own_nve *own, const json_t *object)
{
    const json_t *status = json_object_get(object, "status");
    const char *other = json_string_value(json_object_get(status,
                                                          "instance"));
    bool conflict = other && strcmp(other, own->instance);

    if (conflict && !own->conflict) {
        syslog(LOG_ERR, "controller: NVE %s: %s writes its status: use "
               "another --name, or delete the object", own->name, other);
    }
    own->conflict = conflict;
    if (!conflict && !is_published(own, status)) {
        write_status(own);
    }
}
