/* What endpoints in a subnet are told.
 *
 * Options by number are for what this program does not know.  Those that
 * follow from objects, or that belong to the protocol, cannot be given: two
 * values of one option would leave it to the client which one counts. */

#include <config.h>

#include "lib/subnet-services.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dns-name.h"
#include "lib/json-util.h"
#include "lib/nullable-string.h"
#include "lib/subnet.h"
#include "openvswitch/ofpbuf.h"
#include "packets.h"
#include "util.h"

#define DEFAULT_LEASE 86400
#define MIN_LEASE 10
/* Small enough for all of them to fit a message with what else is in it. */
#define MAX_ADDRESSES 8
#define MAX_ROUTES 16
#define MAX_OPTIONS 32
#define MAX_OPTION_BYTES 255

/* RFC 4861, section 6.2.1, and RFC 8319. */
#define MIN_INTERVAL 4
#define MAX_INTERVAL 1800
#define DEFAULT_INTERVAL 600
#define MAX_ROUTER_LIFETIME 65535
#define DEFAULT_VALID 2592000
#define DEFAULT_PREFERRED 604800

#define DEFAULT_TTL 60
#define MAX_TTL 86400

/* Options that have a member of their own, or belong to the protocol. */
static const uint8_t own_options4[] = {
    0, 1, 3, 6, 15, 26, 33, 42, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 61, 80,
    82, 121, 249, 255
};

static const uint8_t own_options6[] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 18, 19, 20, 23, 24,
    25, 26, 32, 56
};

/* Pieces that several of them have. */

/* Addresses of one family. */
static void
parse_addresses(const struct field_parent *parent, const char *name,
                bool is_ipv6, struct in6_addr **ips, size_t *n)
{
    field_ips(parent, name, ips, n);
    for (size_t i = 0; i < *n; i++) {
        if (IN6_IS_ADDR_V4MAPPED(&(*ips)[i]) == is_ipv6) {
            field_error(parent, FE_INVALID, name, "must have only %s "
                        "addresses", is_ipv6 ? "IPv6" : "IPv4");
            return;
        }
    }
    if (*n > MAX_ADDRESSES) {
        field_error(parent, FE_INVALID, name, "has more than %d addresses",
                    MAX_ADDRESSES);
    }
}

static char *
parse_domain(const struct field_parent *parent)
{
    const char *s = field_string(parent, "domain", false);

    if (s && !dns_name_is_valid(s)) {
        field_error(parent, FE_INVALID, "domain", "\"%.300s\" is not a domain "
                    "name", s);
        return NULL;
    }
    return nullable_xstrdup(s);
}

static uint32_t
parse_seconds(const struct field_parent *parent, const char *name,
              uint32_t min, uint32_t max, uint32_t dflt)
{
    int64_t value = dflt;

    field_integer(parent, name, false, min, max, &value);
    return value;
}

/* Returns the array 'name', or NULL if it is absent or has more than 'max'
 * elements. */
static const struct json *
get_array(const struct field_parent *parent, const char *name, size_t max)
{
    const struct json *array = field_array(parent, name, false);

    if (array && array->array.n > max) {
        field_error(parent, FE_INVALID, name, "has more than %"PRIuSIZE
                    " elements", max);
        return NULL;
    }
    return array;
}

/* DHCP. */

static bool
number_is_own(int64_t number, bool is_ipv6)
{
    const uint8_t *own = is_ipv6 ? own_options6 : own_options4;
    size_t n = is_ipv6 ? ARRAY_SIZE(own_options6) : ARRAY_SIZE(own_options4);

    for (size_t i = 0; i < n; i++) {
        if (own[i] == number) {
            return true;
        }
    }
    return false;
}

/* The data of an option: exactly one of "text", "hex" and "ips". */
static void
parse_option_data(const struct field_parent *parent, bool is_ipv6,
                  struct dhcp_option *option)
{
    const char *text = field_string(parent, "text", false);
    const char *hex = field_string(parent, "hex", false);
    bool has_ips = json_util_get(parent->json, "ips") != NULL;
    struct ofpbuf data;

    if ((text != NULL) + (hex != NULL) + has_ips != 1) {
        field_error(parent, FE_REQUIRED, "text", "one of text, hex and ips "
                    "must be given");
        return;
    }
    ofpbuf_init(&data, 64);
    if (text) {
        ofpbuf_put(&data, text, strlen(text));
    } else if (hex) {
        if (strncmp(hex, "0x", 2)
            || *ofpbuf_put_hex(&data, hex + 2, NULL)) {
            field_error(parent, FE_INVALID, "hex", "\"%.80s\" is not 0x and "
                        "two hex digits for each byte", hex);
        }
    } else {
        struct in6_addr *ips;
        size_t n;

        parse_addresses(parent, "ips", is_ipv6, &ips, &n);
        for (size_t i = 0; i < n; i++) {
            size_t skip = is_ipv6 ? 0 : 12;

            ofpbuf_put(&data, ips[i].s6_addr + skip, 16 - skip);
        }
        free(ips);
    }
    if (data.size > MAX_OPTION_BYTES) {
        field_error(parent, FE_INVALID, text ? "text" : hex ? "hex" : "ips",
                    "has more than %d bytes", MAX_OPTION_BYTES);
    }
    option->len = data.size;
    option->data = xmemdup(data.data, MAX(data.size, 1));
    ofpbuf_uninit(&data);
}

/* What an element of an array is read into. */
struct dhcp_parser {
    struct subnet_dhcp *dhcp;
    bool is_ipv6;
};

static void
parse_option(const struct field_parent *parent, size_t index, void *parser_)
{
    const struct dhcp_parser *parser = parser_;
    struct dhcp_option *option = &parser->dhcp->options[index];
    bool is_ipv6 = parser->is_ipv6;
    int64_t number;

    if (field_integer(parent, "number", true, 1,
                      is_ipv6 ? UINT16_MAX : UINT8_MAX - 1, &number)) {
        option->number = number;
        if (number_is_own(number, is_ipv6)) {
            field_error(parent, FE_FORBIDDEN, "number", "option %d has a "
                        "member of its own or follows from other objects",
                        (int) number);
        }
    }
    parse_option_data(parent, is_ipv6, option);
}

static void
check_options(const struct field_parent *parent, const struct subnet_dhcp *d)
{
    for (size_t i = 0; i < d->n_options; i++) {
        for (size_t j = 0; j < i; j++) {
            if (d->options[i].number == d->options[j].number) {
                char *name = xasprintf("options[%"PRIuSIZE"].number", i);

                field_error(parent, FE_DUPLICATE, name, "is already "
                            "options[%"PRIuSIZE"].number", j);
                free(name);
            }
        }
    }
}

static void
parse_route(const struct field_parent *parent, size_t index, void *parser_)
{
    const struct dhcp_parser *parser = parser_;
    struct dhcp_route *route = &parser->dhcp->routes[index];
    const char *s = field_string(parent, "nextHop", true);
    const char *fault;

    if (ip_prefix_from_field(parent, "destination", true,
                             &route->destination)
        && route->destination.is_ipv6) {
        field_error(parent, FE_INVALID, "destination", "is not an IPv4 "
                    "prefix");
    }
    if (s && field_parse_ip(s, &route->next_hop, &fault)
        && !IN6_IS_ADDR_V4MAPPED(&route->next_hop)) {
        fault = "is not an IPv4 address";
    }
    if (s && fault) {
        field_error(parent, FE_INVALID, "nextHop", "\"%.80s\" %s", s, fault);
    }
}

static struct subnet_dhcp *
parse_dhcp(const struct field_parent *parent, bool is_ipv6)
{
    struct subnet_dhcp *d = xzalloc(sizeof *d);
    struct dhcp_parser parser = { d, is_ipv6 };
    const struct json *array;

    d->lease = parse_seconds(parent, "leaseSeconds", MIN_LEASE, UINT32_MAX,
                             DEFAULT_LEASE);
    d->has_dns = json_util_get(parent->json, "dns") != NULL;
    parse_addresses(parent, "dns", is_ipv6, &d->dns, &d->n_dns);
    parse_addresses(parent, "ntp", is_ipv6, &d->ntp, &d->n_ntp);
    d->domain = parse_domain(parent);
    if (is_ipv6 && json_util_get(parent->json, "routes")) {
        field_error(parent, FE_FORBIDDEN, "routes", "DHCPv6 has no routes");
    } else {
        array = get_array(parent, "routes", MAX_ROUTES);
        d->n_routes = array ? array->array.n : 0;
        d->routes = xcalloc(d->n_routes + 1, sizeof *d->routes);
        field_for_each_object(parent, "routes", array, parse_route, &parser);
    }
    array = get_array(parent, "options", MAX_OPTIONS);
    d->n_options = array ? array->array.n : 0;
    d->options = xcalloc(d->n_options + 1, sizeof *d->options);
    field_for_each_object(parent, "options", array, parse_option, &parser);
    check_options(parent, d);
    return d;
}

/* Router advertisements. */

static struct subnet_ra *
parse_ra(const struct field_parent *parent, unsigned int plen,
         bool has_gateway, bool has_dhcp)
{
    struct subnet_ra *ra = xzalloc(sizeof *ra);

    ra->managed = field_boolean(parent, "managed", has_dhcp);
    ra->other = field_boolean(parent, "other", has_dhcp);
    ra->autonomous = field_boolean(parent, "autonomous", plen == 64);
    if (ra->autonomous && plen != 64) {
        field_error(parent, FE_INVALID, "autonomous", "needs a prefix of 64 "
                    "bits, not %u", plen);
    }
    ra->interval = parse_seconds(parent, "intervalSeconds", MIN_INTERVAL,
                                 MAX_INTERVAL, DEFAULT_INTERVAL);
    ra->router_lifetime = parse_seconds(
        parent, "lifetimeSeconds", 0, MAX_ROUTER_LIFETIME,
        has_gateway ? MAX_ROUTER_LIFETIME : 0);
    if (ra->router_lifetime && ra->router_lifetime < ra->interval) {
        field_error(parent, FE_INVALID, "lifetimeSeconds", "%u is less than "
                    "intervalSeconds, %u", ra->router_lifetime, ra->interval);
    } else if (ra->router_lifetime && !has_gateway) {
        field_error(parent, FE_INVALID, "lifetimeSeconds", "must be 0, as the "
                    "subnet has no gateway");
    }
    ra->valid = parse_seconds(parent, "validSeconds", 0, UINT32_MAX,
                              DEFAULT_VALID);
    ra->preferred = parse_seconds(parent, "preferredSeconds", 0, UINT32_MAX,
                                  MIN(ra->valid, DEFAULT_PREFERRED));
    if (ra->preferred > ra->valid) {
        field_error(parent, FE_INVALID, "preferredSeconds", "%"PRIu32" is "
                    "more than validSeconds, %"PRIu32, ra->preferred,
                    ra->valid);
    }
    ra->has_dns = json_util_get(parent->json, "dns") != NULL;
    parse_addresses(parent, "dns", true, &ra->dns, &ra->n_dns);
    ra->domain = parse_domain(parent);
    return ra;
}

/* DNS. */

static struct subnet_dns *
parse_dns(const struct field_parent *parent)
{
    struct subnet_dns *dns = xzalloc(sizeof *dns);

    dns->domain = parse_domain(parent);
    dns->ttl = parse_seconds(parent, "ttlSeconds", 0, MAX_TTL, DEFAULT_TTL);
    return dns;
}

char *
subnet_dns_get_domain(const struct subnet_dns *dns, const char *vpc)
{
    return dns->domain ? xstrdup(dns->domain) : xasprintf("%s.internal", vpc);
}

/* All of it. */

/* The member 'name' of 'up' as a parent, or with 'json' NULL.  The caller
 * frees the path. */
static struct field_parent
get_member(const struct field_parent *up, const char *name)
{
    return (struct field_parent) {
        .json = field_object(up, name, false),
        .path = xasprintf("%s.%s", up->path, name),
        .errors = up->errors,
    };
}

void
subnet_services_parse(const struct field_parent *parent,
                      const struct subnet *subnet,
                      struct subnet_services *services)
{
    bool has_gateway = ipv6_addr_is_set(&subnet->gateway);
    struct field_parent dhcp = get_member(parent, "dhcp");
    struct field_parent ra = get_member(parent, "ra");
    struct field_parent dns = get_member(parent, "dns");

    memset(services, 0, sizeof *services);
    if (dhcp.json) {
        services->dhcp = parse_dhcp(&dhcp, subnet->prefix.is_ipv6);
    }
    if (ra.json && !subnet->prefix.is_ipv6) {
        field_error(parent, FE_FORBIDDEN, "ra", "the subnet is not an IPv6 "
                    "one");
    } else if (ra.json) {
        services->ra = parse_ra(&ra, subnet->prefix.plen, has_gateway,
                                dhcp.json != NULL);
    }
    if (dns.json && !has_gateway) {
        field_error(parent, FE_FORBIDDEN, "dns", "needs a gateway, whose "
                    "address is the resolver's");
    } else if (dns.json) {
        services->dns = parse_dns(&dns);
    }
    free(CONST_CAST(char *, dhcp.path));
    free(CONST_CAST(char *, ra.path));
    free(CONST_CAST(char *, dns.path));
}

void
subnet_services_destroy(struct subnet_services *services)
{
    struct subnet_dhcp *d = services->dhcp;

    if (d) {
        for (size_t i = 0; i < d->n_options; i++) {
            free(d->options[i].data);
        }
        free(d->options);
        free(d->routes);
        free(d->dns);
        free(d->ntp);
        free(d->domain);
        free(d);
    }
    if (services->ra) {
        free(services->ra->dns);
        free(services->ra->domain);
        free(services->ra);
    }
    if (services->dns) {
        free(services->dns->domain);
        free(services->dns);
    }
}
