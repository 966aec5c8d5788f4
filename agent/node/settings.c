/* Each key has one function, which turns a string into a value or a message,
 * and looks at no other key.
 *
 * No part of a wrong value counts.  Of a list of addresses with a typing
 * error, none is used: what happens must not depend on where the error is.
 * The last good value stays in force instead, because a typing error must not
 * cut a node off.  The same is true for a moment without a value, between the
 * two halves of what somebody's tool does. */

#include <config.h>

#include "agent/node/settings.h"

#include <ctype.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>

#include "agent/node/bridge-mappings.h"
#include "lib/encapsulation.h"
#include "lib/printable.h"
#include "lib/resource.h"
#include "lib/utf8.h"
#include "packets.h"
#include "smap.h"
#include "util.h"

#define DEFAULT_BRIDGE "br-int"

const char *
settings_tunnel_mode_to_string(enum tunnel_mode mode)
{
    return mode == TUNNEL_SHARED ? "shared" : "per-remote";
}

/* Notes what is wrong with 'key'.  Takes 'message'. */
static void
add_error(struct settings *settings, const char *key, char *message)
{
    free(shash_replace(&settings->errors, key, message));
}

/* Returns a string from the database in quotes, fit for a message, and cut off
 * if it is long. */
static char *
quote(const char *s)
{
    size_t n = utf8_cut(s, 80);
    char *quoted = xasprintf("\"%.*s%s\"", (int) n, s, s[n] ? "..." : "");

    for (char *p = quoted; *p; p++) {
        if (iscntrl((unsigned char) *p)) {
            *p = '?';               /* Not a space: that would hide it. */
        }
    }
    return printable_make_nocopy(quoted);
}

/* Notes what is wrong with 'value' of 'key', as a message that begins with the
 * value. */
static void OVS_PRINTF_FORMAT(4, 5)
refuse(struct settings *settings, const char *key, const char *value,
       const char *format, ...)
{
    char *quoted = quote(value);
    char *why;
    va_list args;

    va_start(args, format);
    why = xvasprintf(format, args);
    va_end(args);
    add_error(settings, key, xasprintf("%s %s", quoted, why));
    free(why);
    free(quoted);
}

static void
parse_system_id(struct settings *settings, const char *value)
{
    if (!resource_name_is_valid(value)) {
        refuse(settings, "system-id", value,
               "is not a valid object name (at most 253 lower case letters, "
               "digits, '-' and '.')");
    } else {
        settings->system_id = xstrdup(value);
    }
}

static bool
has_space_or_control(const char *s)
{
    for (; *s; s++) {
        if (isspace((unsigned char) *s) || iscntrl((unsigned char) *s)) {
            return true;
        }
    }
    return false;
}

/* Whether 'url', one of those in 'value', can be a server's.  Adds an error if
 * not. */
static bool
check_server_url(struct settings *settings, const char *key,
                 const char *value, const char *url)
{
    const char *host;

    if (strncmp(url, "http://", 7) && strncmp(url, "https://", 8)) {
        refuse(settings, key, value,
               "is not an http://, https:// or file:/// URL");
        return false;
    }
    host = strstr(url, "://") + 3;
    if (!*host || strchr("/:?#", *host)) {
        refuse(settings, key, value, "has no host");
    } else if (strcspn(host, "@") < strcspn(host, "/")) {
        /* The database is no place for secrets, and neither is a message. */
        add_error(settings, key, xstrdup("has a user or password in the URL, "
                                         "which is not supported"));
    } else if (strpbrk(host, "?#")) {
        refuse(settings, key, value, "has a query or fragment");
    } else {
        return true;
    }
    return false;
}

/* Whether each URL in 'value' can be a server's. */
static bool
check_server_urls(struct settings *settings, const char *key,
                  const char *value)
{
    char *copy = xstrdup(value);
    char *rest = copy;
    bool ok = true;
    char *url;

    while (ok && (url = strsep(&rest, ",")) != NULL) {
        ok = check_server_url(settings, key, value, url);
    }
    free(copy);
    return ok;
}

static void
parse_controller(struct settings *settings, const char *value)
{
    const char *key = "nve-controller";

    if (has_space_or_control(value)) {
        refuse(settings, key, value, "has a space or control character");
    } else if (!strncmp(value, "file://", 7)) {
        if (value[7] != '/') {
            refuse(settings, key, value, "has no absolute path: write "
                   "file:///PATH");
        } else {
            settings->controller = xstrdup(value);
        }
    } else if (check_server_urls(settings, key, value)) {
        settings->controller = xstrdup(value);
    }
}

/* Cuts white space off both ends of 's'. */
static char *
trim(char *s)
{
    size_t n;

    s += strspn(s, " \t");
    n = strlen(s);
    while (n && strchr(" \t", s[n - 1])) {
        s[--n] = '\0';
    }
    return s;
}

/* Parses one address.  Returns NULL, or what is wrong, as a constant. */
static const char *
parse_ip(const char *s, struct in6_addr *ip)
{
    ovs_be32 ip4;

    if (ip_parse(s, &ip4)) {
        if (!ip4 || ip4 == OVS_BE32_MAX || ip_is_multicast(ip4)) {
            return "is not the address of a single host";
        }
        in6_addr_set_mapped_ipv4(ip, ip4);
    } else if (ipv6_parse(s, ip)) {
        if (IN6_IS_ADDR_V4MAPPED(ip)) {
            return "is an IPv4 address in IPv6 form: write it as IPv4";
        } else if (IN6_IS_ADDR_LINKLOCAL(ip)) {
            return "is a link-local address";
        } else if (ipv6_is_zero(ip) || ipv6_addr_is_multicast(ip)) {
            return "is not the address of a single host";
        }
    } else {
        return "is not an IP address";
    }
    return NULL;
}

static void
parse_encap_ips(struct settings *settings, const char *value)
{
    const char *key = "nve-encap-ip";
    char *copy = xstrdup(value);
    char *next = copy;
    char *token;

    while ((token = strsep(&next, ","))) {
        struct in6_addr ip;
        const char *error;

        token = trim(token);
        error = parse_ip(token, &ip);
        for (size_t i = 0; !error && i < settings->n_encap_ips; i++) {
            if (ipv6_addr_equals(&ip, &settings->encap_ips[i])) {
                error = "is listed twice";
            }
        }
        if (error) {
            refuse(settings, key, token, "%s", error);
            free(settings->encap_ips);
            settings->encap_ips = NULL;
            settings->n_encap_ips = 0;
            break;
        }
        settings->encap_ips = xrealloc(settings->encap_ips,
                                       (settings->n_encap_ips + 1)
                                       * sizeof *settings->encap_ips);
        settings->encap_ips[settings->n_encap_ips++] = ip;
    }
    free(copy);
}

static void
parse_bridge(struct settings *settings, const char *value)
{
    if (!bridge_mappings_is_bridge_name(value)) {
        refuse(settings, "nve-bridge", value,
               "is not a bridge name (at most %d "
               "characters, no space, no '/')", IFNAMSIZ - 1);
    } else {
        free(settings->bridge);
        settings->bridge = xstrdup(value);
    }
}

static void
parse_bridge_mappings(struct settings *settings, const char *value)
{
    char *copy = xstrdup(value);
    char *next = copy;
    char *token;

    while ((token = strsep(&next, ","))) {
        const char *error;

        token = trim(token);
        error = bridge_mappings_add(&settings->bridge_mappings, token);
        if (error) {
            refuse(settings, "nve-bridge-mappings", token, "%s", error);
            smap_clear(&settings->bridge_mappings);
            break;
        }
    }
    free(copy);
}

static void
parse_encap_type(struct settings *settings, const char *value)
{
    encapsulation_set set = 0;
    char *copy = xstrdup(value);
    char *next = copy;
    char *token;

    while ((token = strsep(&next, ",")) != NULL) {
        const struct encapsulation *e = encapsulation_find(trim(token));

        if (!e) {
            char *names = encapsulation_list_names();

            refuse(settings, "nve-encap-type", value,
                   "must be %s, or several, separated by commas", names);
            free(names);
            set = 0;
            break;
        }
        set |= encapsulation_set_one(e);
    }
    if (set) {
        settings->encapsulations = set;
    }
    free(copy);
}

static void
parse_tunnel_mode(struct settings *settings, const char *value)
{
    if (!strcmp(value, "shared")) {
        settings->tunnel_mode = TUNNEL_SHARED;
    } else if (strcmp(value, "per-remote")) {
        refuse(settings, "nve-tunnel-mode", value,
               "is neither per-remote nor shared");
    }
}

/* Any path is taken.  If it cannot be right, receive.c refuses it in the same
 * way as a file that does not exist: to take the setting for absent would let
 * the node advertise more than it should. */
static void
parse_receive(struct settings *settings, const char *value)
{
    settings->receive_path = xstrdup(value);
}

static void
parse_withdraw_grace(struct settings *settings, const char *value)
{
    int ms;

    if (!str_to_int(value, 10, &ms) || ms < 0
        || ms > SETTINGS_MAX_WITHDRAW_GRACE) {
        refuse(settings, "nve-withdraw-grace", value,
               "is not a number of milliseconds from 0 to %d",
               SETTINGS_MAX_WITHDRAW_GRACE);
    } else {
        settings->withdraw_grace = ms;
    }
}

static void
parse_mtu_request(struct settings *settings, const char *value)
{
    if (!strcmp(value, "false")) {
        settings->mtu_request = false;
    } else if (strcmp(value, "true")) {
        refuse(settings, "nve-mtu-request", value,
               "is neither true nor false");
    }
}

static void
parse_ct_limit(struct settings *settings, const char *value)
{
    int limit;

    if (!str_to_int(value, 10, &limit) || limit < 0) {
        refuse(settings, "nve-ct-limit", value,
               "is not a number of connections");
    } else {
        settings->ct_limit = limit;
    }
}

static void
parse_bum_rate(struct settings *settings, const char *value)
{
    int rate;

    if (!str_to_int(value, 10, &rate) || rate < 0
        || rate > SETTINGS_MAX_BUM_RATE) {
        refuse(settings, "nve-bum-rate", value,
               "is not a number of packets a second from 0 to %d",
               SETTINGS_MAX_BUM_RATE);
    } else {
        settings->bum_rate = rate;
    }
}

static void
parse_policy_unknown(struct settings *settings, const char *value)
{
    if (!strcmp(value, "allow")) {
        settings->policy_unknown_allow = true;
    } else if (strcmp(value, "deny")) {
        refuse(settings, "nve-policy-unknown", value,
               "is neither deny nor allow");
    }
}

static void
parse_nd_answers(struct settings *settings, const char *value)
{
    if (!strcmp(value, "flows")) {
        settings->nd_answers = ND_ANSWERS_FLOWS;
    } else if (!strcmp(value, "agent")) {
        settings->nd_answers = ND_ANSWERS_AGENT;
    } else {
        refuse(settings, "nve-nd-answers", value,
               "is neither flows nor agent");
    }
}

typedef void parse_func(struct settings *, const char *value);

/* Parses one key.  If 'value' is wrong, the key's last good value takes its
 * place, if it had one. */
static void
parse_key(struct settings *settings, const char *key, parse_func *parse,
          const char *value, const struct settings *last)
{
    const char *good = last ? shash_find_data(&last->good, key) : NULL;
    const char *message;

    parse(settings, value);
    message = shash_find_data(&settings->errors, key);
    if (!message) {
        shash_add_nocopy(&settings->good, xstrdup(key), xstrdup(value));
    } else if (good) {
        char *quoted = quote(good);

        add_error(settings, key, xasprintf("%s; %s stays in force", message,
                                           quoted));
        free(quoted);
        parse(settings, good);
        shash_add_nocopy(&settings->good, xstrdup(key), xstrdup(good));
    }
}

/* Takes over the last good value of a key that is absent, if it went less than
 * SETTINGS_VANISHING ago. */
static void
keep_key(struct settings *settings, const char *key, parse_func *parse,
         const struct settings *last, long long int now)
{
    const char *good = shash_find_data(&last->good, key);
    const long long int *since = shash_find_data(&last->vanished, key);
    char *quoted;

    since = since ? since : &now;
    if (!good || now - *since >= SETTINGS_VANISHING) {
        return;
    }
    quoted = quote(good);
    add_error(settings, key, xasprintf("gone; %s stays in force for %d s",
                                       quoted, SETTINGS_VANISHING / 1000));
    free(quoted);
    parse(settings, good);
    shash_add_nocopy(&settings->good, xstrdup(key), xstrdup(good));
    shash_add(&settings->vanished, key, xmemdup(since, sizeof *since));
}

void
settings_parse(struct settings *settings, const struct smap *external_ids,
               const struct settings *last, long long int now)
{
    static const struct {
        const char *key;
        parse_func *parse;
        bool lasts;                 /* For a while after it went. */
    } keys[] = {
        { "system-id", parse_system_id, true },
        { "nve-controller", parse_controller, true },
        { "nve-encap-ip", parse_encap_ips, true },
        { "nve-bridge", parse_bridge, true },
        { "nve-bridge-mappings", parse_bridge_mappings, true },
        { "nve-encap-type", parse_encap_type, true },
        { "nve-tunnel-mode", parse_tunnel_mode, true },
        { "nve-receive", parse_receive, false },
        { "nve-withdraw-grace", parse_withdraw_grace, false },
        { "nve-mtu-request", parse_mtu_request, false },
        { "nve-bum-rate", parse_bum_rate, false },
        { "nve-ct-limit", parse_ct_limit, false },
        { "nve-nd-answers", parse_nd_answers, false },
        { "nve-policy-unknown", parse_policy_unknown, false },
    };

    memset(settings, 0, sizeof *settings);
    settings->bridge = xstrdup(DEFAULT_BRIDGE);
    smap_init(&settings->bridge_mappings);
    settings->encapsulations = encapsulation_set_all();
    settings->tunnel_mode = TUNNEL_PER_REMOTE;
    settings->withdraw_grace = SETTINGS_WITHDRAW_GRACE;
    settings->mtu_request = true;
    settings->bum_rate = SETTINGS_BUM_RATE;
    settings->ct_limit = SETTINGS_CT_LIMIT;
    shash_init(&settings->errors);
    shash_init(&settings->good);
    shash_init(&settings->vanished);

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        const char *value = (external_ids
                             ? smap_get(external_ids, keys[i].key) : NULL);

        if (value) {
            parse_key(settings, keys[i].key, keys[i].parse, value, last);
        } else if (last && keys[i].lasts) {
            keep_key(settings, keys[i].key, keys[i].parse, last, now);
        }
    }
    if (!settings->system_id && !shash_find(&settings->errors, "system-id")) {
        add_error(settings, "system-id",
                  xstrdup("not set: this node has no name; run ovs-vsctl set "
                          "open_vswitch . external_ids:system-id=NAME"));
    }
}

long long int
settings_get_deadline(const struct settings *settings)
{
    const struct shash_node *node;
    long long int deadline = LLONG_MAX;

    SHASH_FOR_EACH (node, &settings->vanished) {
        const long long int *since = node->data;

        deadline = MIN(deadline, *since + SETTINGS_VANISHING);
    }
    return deadline;
}

void
settings_destroy(struct settings *settings)
{
    free(settings->system_id);
    free(settings->controller);
    free(settings->bridge);
    smap_destroy(&settings->bridge_mappings);
    free(settings->receive_path);
    free(settings->encap_ips);
    shash_destroy_free_data(&settings->errors);
    shash_destroy_free_data(&settings->good);
    shash_destroy_free_data(&settings->vanished);
}

void
settings_move(struct settings *dst, struct settings *src)
{
    *dst = *src;
    hmap_moved(&dst->bridge_mappings.map);
    shash_moved(&dst->errors);
    shash_moved(&dst->good);
    shash_moved(&dst->vanished);
}

static bool
errors_equal(const struct shash *a, const struct shash *b)
{
    const struct shash_node *node;

    if (shash_count(a) != shash_count(b)) {
        return false;
    }
    SHASH_FOR_EACH (node, a) {
        const char *other = shash_find_data(b, node->name);

        if (!other || strcmp(node->data, other)) {
            return false;
        }
    }
    return true;
}

bool
settings_equal(const struct settings *a, const struct settings *b)
{
    return (nullable_string_is_equal(a->system_id, b->system_id)
            && nullable_string_is_equal(a->controller, b->controller)
            && nullable_string_is_equal(a->bridge, b->bridge)
            && smap_equal(&a->bridge_mappings, &b->bridge_mappings)
            && nullable_string_is_equal(a->receive_path, b->receive_path)
            && a->n_encap_ips == b->n_encap_ips
            && (!a->n_encap_ips
                || !memcmp(a->encap_ips, b->encap_ips,
                           a->n_encap_ips * sizeof *a->encap_ips))
            && a->encapsulations == b->encapsulations
            && a->tunnel_mode == b->tunnel_mode
            && a->withdraw_grace == b->withdraw_grace
            && a->mtu_request == b->mtu_request
            && a->bum_rate == b->bum_rate
            && a->ct_limit == b->ct_limit
            && a->nd_answers == b->nd_answers
            && a->policy_unknown_allow == b->policy_unknown_allow
            && errors_equal(&a->errors, &b->errors));
}
