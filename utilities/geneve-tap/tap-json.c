/* The file.
 *
 * A member that is not known is an error, because it is a typing mistake; so
 * is one of the wrong type.  Each object is read by a table of its members.
 * This file and tap-stats.c and tap-register.c use jansson: none of them may
 * be linked with Open vSwitch's library, whose JSON has the same names. */

#include <config.h>

#include "utilities/geneve-tap/tap-json.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/negotiation.h"
#include "utilities/geneve-tap/tap-alloc.h"

static char error[300];

static bool __attribute__((format(printf, 1, 2)))
fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error, sizeof error, format, args);
    va_end(args);
    return false;
}

/* A member of an object: 'read' stores it in 'aux'. */
struct member {
    const char *name;
    bool (*read)(const json_t *, const char *name, void *aux);
    void *aux;
};

static bool
read_object(const json_t *json, const char *name,
            const struct member *members)
{
    const char *key;
    json_t *value;

    if (!json_is_object(json)) {
        return fail("%s: must be an object", name);
    }
    json_object_foreach ((json_t *) json, key, value) {
        const struct member *m = members;

        while (m->name && strcmp(m->name, key)) {
            m++;
        }
        if (!m->name) {
            return fail("%s: no such member: %.80s", name, key);
        } else if (!m->read(value, key, m->aux)) {
            return false;
        }
    }
    return true;
}

static bool
read_string(const json_t *json, const char *name, void *s_)
{
    char **s = s_;

    if (!json_is_string(json)) {
        return fail("%s: must be a string", name);
    }
    free(*s);
    *s = tap_alloc_string(json_string_value(json));
    return true;
}

static bool
read_bool(const json_t *json, const char *name, void *b_)
{
    bool *b = b_;

    *b = json_is_true(json);
    return json_is_boolean(json) || fail("%s: must be true or false", name);
}

static bool
get_integer(const json_t *json, const char *name, long int min, long int max,
            long int *value)
{
    *value = json_integer_value(json);
    return ((json_is_integer(json) && *value >= min && *value <= max)
            || fail("%s: must be an integer from %ld to %ld", name, min,
                    max));
}

static bool
read_port(const json_t *json, const char *name, void *s_)
{
    char text[8], **s = s_;
    long int port;

    if (!get_integer(json, name, 1, 65535, &port)) {
        return false;
    }
    snprintf(text, sizeof text, "%ld", port);
    free(*s);
    *s = tap_alloc_string(text);
    return true;
}

static bool
read_source_ports(const json_t *json, const char *name, void *n_)
{
    int *n = n_;
    long int value;
    bool ok = get_integer(json, name, 0, 256, &value);

    *n = value;
    return ok;
}

static bool
read_mtu(const json_t *json, const char *name, void *n_)
{
    unsigned int *n = n_;
    long int value;
    bool ok = get_integer(json, name, 576, 65535, &value);

    *n = value;
    return ok;
}

static bool
read_vni(const json_t *json, const char *name, void *n_)
{
    uint32_t *n = n_;
    long int value;
    bool ok = get_integer(json, name, 0, 0xffffff, &value);

    *n = value;
    return ok;
}

static bool
read_idle(const json_t *json, const char *name, void *n_)
{
    return get_integer(json, name, 0, INT32_MAX, n_);
}

static bool
read_mode(const json_t *json, const char *name, void *mode)
{
    return ((json_is_string(json)
             && tap_config_parse_mode(json_string_value(json), mode))
            || fail("%s: must be \"ethernet\", \"ip\", \"ip4\" or \"ip6\"",
                    name));
}

static bool
read_hex(const json_t *json, const char *name, void *value)
{
    return ((json_is_string(json)
             && tap_config_parse_hex(json_string_value(json),
                                     strcmp(name, "class") ? 0xff : 0xffff,
                                     value))
            || fail("%s: must be \"0x\" and hex digits", name));
}

/* Options that are sent. */

static bool
read_data(const json_t *json, const char *name, void *option_)
{
    const char *s = json_string_value(json);
    struct tap_option *option = option_;
    size_t n = s ? strlen(s) : 1;

    if (n % 8 || n / 2 > sizeof option->data
        || s[strspn(s, "0123456789abcdefABCDEF")]) {
        return fail("%s: must be a string of hex digits, for a multiple of "
                    "4 bytes, at most %d", name, GENEVE_OPT_MAX_DATA);
    }
    option->length = n / 2;
    for (size_t i = 0; i < n / 2; i++) {
        sscanf(s + 2 * i, "%2hhx", &option->data[i]);
    }
    return true;
}

static bool
read_priority(const json_t *json, const char *name, void *priority_)
{
    int *priority = priority_;
    long int value;
    bool ok = get_integer(json, name, INT32_MIN, INT32_MAX, &value);

    *priority = value;
    return ok;
}

static bool
has_option(const struct tap_options *options, struct opt_key key)
{
    for (size_t i = 0; i < options->n; i++) {
        if (opt_key_equals(options->options[i].key, key)) {
            return true;
        }
    }
    return false;
}

static bool
read_options(const json_t *json, const char *name, void *options_)
{
    struct tap_options *options = options_;
    unsigned int bytes = 0;
    const json_t *value;
    size_t i;

    options->n = 0;
    if (!json_is_array(json)) {
        return fail("%s: must be an array", name);
    }
    json_array_foreach (json, i, value) {
        unsigned long int class = ULONG_MAX, type = ULONG_MAX;
        struct tap_option option = { .priority = NEG_DEFAULT_PRIORITY };
        const struct member members[] = {
            { "class", read_hex, &class },
            { "type", read_hex, &type },
            { "data", read_data, &option },
            { "required", read_bool, &option.required },
            { "priority", read_priority, &option.priority },
            { NULL, NULL, NULL },
        };

        if (!read_object(value, name, members)) {
            return false;
        } else if (class == ULONG_MAX || type == ULONG_MAX) {
            return fail("%s: each needs class and type", name);
        }
        option.key = (struct opt_key) { .class = class, .type = type };
        if (has_option(options, option.key)) {
            return fail("%s: " OPT_KEY_FMT " is there twice", name,
                        OPT_KEY_ARGS(option.key));
        }
        bytes += opt_wire_bytes(option.length);
        if (bytes > GENEVE_MAX_OPT_BYTES) {
            return fail("%s: more than %d bytes in all", name,
                        GENEVE_MAX_OPT_BYTES);
        }
        options->options = tap_alloc_more(options->options, options->n,
                                          sizeof option);
        options->options[options->n++] = option;
    }
    return true;
}

/* The receive table. */

static bool
get_length(const json_t *json, const char *name, uint8_t *length)
{
    long int value;

    if (!get_integer(json, name, 0, GENEVE_OPT_MAX_DATA, &value)) {
        return false;
    }
    *length = value;
    return value % 4 == 0 || fail("%s: must be a multiple of 4", name);
}

static bool
read_length(const json_t *json, const char *name, void *entry_)
{
    struct recv_entry *entry = entry_;
    const json_t *min = json, *max = json;

    if (json_is_array(json) && json_array_size(json) == 2) {
        min = json_array_get(json, 0);
        max = json_array_get(json, 1);
    }
    return (get_length(min, name, &entry->min_len)
            && get_length(max, name, &entry->max_len)
            && (entry->min_len <= entry->max_len
                || fail("%s: the first is more than the second", name)));
}

static bool
add_entry(struct recv_table *table, const struct recv_entry *entry)
{
    if (recv_table_find(table, entry->key)) {
        return fail("receive: option " OPT_KEY_FMT " is there twice",
                    OPT_KEY_ARGS(entry->key));
    } else if (table->n_entries >= RECV_TABLE_MAX_ENTRIES) {
        return fail("receive: more than %d options", RECV_TABLE_MAX_ENTRIES);
    }
    table->entries = tap_alloc_more(table->entries, table->n_entries,
                                    sizeof *entry);
    table->entries[table->n_entries++] = *entry;
    return true;
}

static bool
read_entries(const json_t *json, const char *name, void *table_)
{
    struct recv_table *table = table_;
    const json_t *value;
    size_t i;

    if (!json_is_array(json)) {
        return fail("%s: must be an array", name);
    }
    json_array_foreach (json, i, value) {
        unsigned long int class = ULONG_MAX, type = ULONG_MAX;
        struct recv_entry entry = { .min_len = UINT8_MAX };
        const struct member members[] = {
            { "class", read_hex, &class },
            { "type", read_hex, &type },
            { "length", read_length, &entry },
            { "required", read_bool, &entry.required },
            { NULL, NULL, NULL },
        };

        if (!read_object(value, name, members)) {
            return false;
        } else if (class == ULONG_MAX || type == ULONG_MAX
                   || entry.min_len == UINT8_MAX) {
            return fail("receive: each option needs class, type and length");
        }
        entry.key = (struct opt_key) { .class = class, .type = type };
        if (!add_entry(table, &entry)) {
            return false;
        }
    }
    return true;
}

static bool
read_order(const json_t *json, const char *name, void *order)
{
    return ((json_is_string(json)
             && tap_config_parse_order(json_string_value(json), order))
            || fail("%s: must be \"any\", \"strict\" or \"first\"", name));
}

static bool
read_max_options(const json_t *json, const char *name, void *n_)
{
    int *n = n_;
    long int value;
    bool ok = get_integer(json, name, 0, INT32_MAX, &value);

    *n = value;
    return ok;
}

static bool
read_max_bytes(const json_t *json, const char *name, void *n_)
{
    int *n = n_;
    long int value;
    bool ok = get_integer(json, name, 0, GENEVE_MAX_OPT_BYTES, &value);

    *n = value;
    return ok && (value % 4 == 0
                  || fail("%s: must be a multiple of 4", name));
}

static bool
read_receive(const json_t *json, const char *name, void *config)
{
    struct tap_config *c = config;
    const struct member members[] = {
        { "options", read_entries, &c->table },
        { "order", read_order, &c->table.order },
        { "maxOptions", read_max_options, &c->table.limits.max_options },
        { "maxOptionBytes", read_max_bytes,
          &c->table.limits.max_option_bytes },
        { "parsesOptions", read_bool, &c->parses_options },
        { NULL, NULL, NULL },
    };

    return read_object(json, name, members);
}

/* Tunnels, remotes, the controller. */

static bool
read_tunnels(const json_t *json, const char *name, void *config)
{
    const json_t *value;
    size_t i;

    if (!json_is_array(json)) {
        return fail("%s: must be an array", name);
    }
    json_array_foreach (json, i, value) {
        struct tap_tunnel_config *t = tap_config_add_tunnel(config);
        t->vni = UINT32_MAX;
        const struct member members[] = {
            { "device", read_string, &t->device },
            { "vni", read_vni, &t->vni },
            { "mode", read_mode, &t->mode },
            { "mtu", read_mtu, &t->mtu },
            { NULL, NULL, NULL },
        };

        if (!read_object(value, name, members)) {
            return false;
        } else if (!t->device || t->vni == UINT32_MAX) {
            return fail("%s: each needs device and vni", name);
        }
    }
    return true;
}

static bool
read_prefixes(const json_t *json, const char *name, void *remote)
{
    struct tap_remote_config *r = remote;
    const json_t *value;
    size_t i;

    if (!json_is_array(json)) {
        return fail("%s: must be an array", name);
    }
    json_array_foreach (json, i, value) {
        struct tap_prefix prefix;

        if (!json_is_string(value)
            || !tap_config_parse_prefix(json_string_value(value), &prefix)) {
            return fail("%s: must be strings like \"10.0.0.0/24\"", name);
        }
        r->prefixes = tap_alloc_more(r->prefixes, r->n_prefixes,
                                     sizeof prefix);
        r->prefixes[r->n_prefixes++] = prefix;
    }
    return true;
}

static bool
read_remotes(const json_t *json, const char *name, void *config)
{
    const json_t *value;
    size_t i;

    if (!json_is_array(json)) {
        return fail("%s: must be an array", name);
    }
    json_array_foreach (json, i, value) {
        struct tap_remote_config *r = tap_config_add_remote(config);
        const struct member members[] = {
            { "address", read_string, &r->address },
            { "port", read_port, &r->port },
            { "mtu", read_mtu, &r->mtu },
            { "options", read_options, &r->options },
            { "prefixes", read_prefixes, r },
            { NULL, NULL, NULL },
        };

        r->has_options = json_object_get(value, "options");
        if (!read_object(value, name, members)) {
            return false;
        } else if (!r->address) {
            return fail("%s: each needs an address", name);
        }
    }
    return true;
}

static bool
read_controller(const json_t *json, const char *name, void *config)
{
    struct tap_controller_config *c = &((struct tap_config *) config)
                                          ->controller;
    const struct member members[] = {
        { "url", read_string, &c->url },
        { "name", read_string, &c->name },
        { "caCert", read_string, &c->ca },
        { "certificate", read_string, &c->certificate },
        { "privateKey", read_string, &c->key },
        { "tokenFile", read_string, &c->token },
        { NULL, NULL, NULL },
    };

    return read_object(json, name, members);
}

static bool
read_config(struct tap_config *c, const json_t *json)
{
    const struct member members[] = {
        { "listen", read_string, &c->listen },
        { "port", read_port, &c->port },
        { "remotePort", read_port, &c->remote_port },
        { "sourcePorts", read_source_ports, &c->source_ports },
        { "checksums", read_bool, &c->checksums },
        { "idleTimeout", read_idle, &c->idle },
        { "user", read_string, &c->user },
        { "control", read_string, &c->control },
        { "tunnels", read_tunnels, c },
        { "remotes", read_remotes, c },
        { "options", read_options, &c->options },
        { "receive", read_receive, c },
        { "controller", read_controller, c },
        { NULL, NULL, NULL },
    };

    return read_object(json, "the file", members);
}

static const char *
use(struct tap_config *c, json_t *json, const json_error_t *e)
{
    bool ok = (json ? read_config(c, json)
               : fail("line %d: %.200s", e->line, e->text));

    json_decref(json);
    return ok ? NULL : error;
}

const char *
tap_json_read(struct tap_config *c, const char *file)
{
    json_error_t e;

    return use(c, json_load_file(file, JSON_REJECT_DUPLICATES, &e), &e);
}

const char *
tap_json_parse(struct tap_config *c, const char *text, size_t len)
{
    json_error_t e;

    return use(c, json_loadb(text, len, JSON_REJECT_DUPLICATES, &e), &e);
}
