/* Parsing of ovs-vswitchd's answers.
 *
 * They are text for people, with many members that come and go between
 * versions.  So the members that are needed are searched for, and the rest is
 * skipped. */

#include <config.h>

#include "agent/poison/dp-drops.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "packets.h"
#include "svec.h"
#include "util.h"

bool
dp_drops_parse_counter(const char *text, unsigned long long *value)
{
    char *end;

    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    errno = 0;
    *value = strtoull(text, &end, 10);
    return !errno && end[strspn(end, " \n")] == '\0';
}

/* Calls 'cb' with each line of 'text', without its end, until it returns
 * false. */
static void
for_each_line(const char *text, bool (*cb)(const char *line, void *aux),
              void *aux)
{
    bool more = true;

    while (more && *text) {
        size_t len = strcspn(text, "\n");
        char *line = xmemdup0(text, len);

        more = cb(line, aux);
        free(line);
        text += len + (text[len] == '\n');
    }
}

struct upcalls {
    struct svec *names;
    size_t n_flows;
};

static bool
parse_upcall_line(const char *line, void *upcalls_)
{
    struct upcalls *upcalls = upcalls_;
    size_t len = strlen(line);
    unsigned int n;

    if (line[0] != ' ' && strchr(line, '@') && line[len - 1] == ':') {
        svec_add_nocopy(upcalls->names, xmemdup0(line, len - 1));
    } else if (ovs_scan(line, "  flows         : (current %u)", &n)) {
        upcalls->n_flows += n;
    }
    return true;
}

size_t
dp_drops_parse_upcalls(const char *text, struct svec *names)
{
    struct upcalls upcalls = { names, 0 };

    for_each_line(text, parse_upcall_line, &upcalls);
    return upcalls.n_flows;
}

/* Sets 'value' to that of member 'name' in 'text', which ends at 'end': up to
 * the next comma, parenthesis or mask.  Returns false if there is none, or if
 * it does not fit in 'size' bytes. */
static bool
get_member(const char *text, const char *end, const char *name, char *value,
           size_t size)
{
    size_t name_len = strlen(name);
    const char *s = text;

    while ((s = strstr(s, name)) && s < end) {
        if (s == text || s[-1] == ',' || s[-1] == '(') {
            size_t len = strcspn(s + name_len, ",)/");

            if (len >= size) {
                return false;
            }
            memcpy(value, s + name_len, len);
            value[len] = '\0';
            return true;
        }
        s += name_len;
    }
    return false;
}

/* Returns the end of the parenthesis that starts at 's', or NULL. */
static const char *
skip_parenthesis(const char *s)
{
    int depth = 0;

    for (; *s; s++) {
        depth += *s == '(';
        depth -= *s == ')';
        if (!depth) {
            return s;
        }
    }
    return NULL;
}

static bool
parse_address(const char *tunnel, const char *end, struct in6_addr *ip)
{
    char s[INET6_ADDRSTRLEN];
    ovs_be32 ip4;

    if (get_member(tunnel, end, "ipv6_src=", s, sizeof s)) {
        return inet_pton(AF_INET6, s, ip) == 1;
    }
    if (get_member(tunnel, end, "src=", s, sizeof s)
        && inet_pton(AF_INET, s, &ip4) == 1) {
        in6_addr_set_mapped_ipv4(ip, ip4);
        return true;
    }
    return false;
}

/* Whether the flow matches anything of the inner Ethernet header.  If it does
 * not, the kernel's datapath says "eth()", the userspace one nothing. */
static bool
matches_ethernet(const char *match)
{
    const char *eth = strstr(match, ",eth(");

    return eth && eth[5] != ')';
}

enum drop_kind { DROP_NONE, DROP_LIKE_POISON, DROP_POISON };

static enum drop_kind
parse_drop_line(const char *line, struct dp_drop *drop)
{
    const char *actions = strstr(line, "actions:drop");
    const char *tunnel = strstr(line, "tunnel(");
    const char *end = tunnel ? skip_parenthesis(tunnel + 6) : NULL;
    unsigned long long vni;
    char s[64];

    if (!actions || !end || end > actions
        || !parse_address(tunnel, end, &drop->src)
        || !get_member(tunnel, end, "tun_id=", s, sizeof s)
        || !str_to_ullong(s, 0, &vni)
        || vni > 0xffffff || matches_ethernet(end)) {
        return DROP_NONE;
    }
    drop->vni = vni;

    /* "flags(csum|key)" matches all flags, "flags(-df+csum+key)" just
     * those. */
    return (get_member(tunnel, end, "flags(", s, sizeof s)
            && (s[0] == '-' || s[0] == '+') && !strstr(s, "oam")
            ? DROP_POISON : DROP_LIKE_POISON);
}

struct drops {
    struct dp_drop *drops;
    size_t n, max;
    enum drop_kind kind;            /* Of those in 'drops'. */
};

static bool
add_drop_line(const char *line, void *drops_)
{
    struct drops *drops = drops_;
    struct dp_drop drop;
    enum drop_kind kind;

    memset(&drop, 0, sizeof drop);
    kind = parse_drop_line(line, &drop);
    if (kind == DROP_NONE || kind < drops->kind) {
        return true;
    }
    if (kind > drops->kind) {
        drops->kind = kind;
        drops->n = 0;
    }
    for (size_t i = 0; i < drops->n; i++) {
        if (drops->drops[i].vni == drop.vni
            && ipv6_addr_equals(&drops->drops[i].src, &drop.src)) {
            return true;
        }
    }
    if (drops->n < drops->max) {
        drops->drops[drops->n++] = drop;
    }
    return true;
}

size_t
dp_drops_parse_flows(const char *text, struct dp_drop *drops_, size_t max,
                     bool *sure)
{
    struct drops drops = { drops_, 0, max, DROP_NONE };

    for_each_line(text, add_drop_line, &drops);
    *sure = drops.kind == DROP_POISON;
    return drops.n;
}
