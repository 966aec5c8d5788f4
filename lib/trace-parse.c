/* The output of ofproto/trace.
 *
 * The text is for people, and looks like this:
 *
 *     Flow: tcp,in_port=1,...
 *
 *     bridge("br-int")
 *     ----------------
 *      0. in_port=1, priority 100, cookie 0x67656e6505b104b2
 *         set_field:0x1388->metadata
 *         resubmit(,60)
 *         60. ip, priority 100, cookie 0x67656e6500000001
 *                 move:OXM_OF_IP_DSCP[]->NXM_NX_REG15[0..5]
 *         goto_table:1
 *      1. No match.
 *         drop
 *
 *     Final flow: ...
 *     Megaflow: ...
 *     Datapath actions: drop
 *
 * For a packet that is recirculated, by connection tracking for example, all
 * of that is repeated for each pass.  Only the indentation tells which actions
 * belong to which flow.  Tunnel headers are in the datapath actions, in one
 * form for the userspace datapath, tnl_push(), and in another one for the
 * kernel's, set(tunnel()). */

#include <config.h>

#include "lib/trace-parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/encapsulation.h"
#include "lib/geneve.h"
#include "lib/value.h"
#include "util.h"

#define ACTION_INDENT 4
#define PROTO_ETHERNET 0x6558       /* Of the Geneve header. */

/* What follows 'prefix' in 's', or NULL if 's' does not start with it. */
static const char *
after(const char *s, const char *prefix)
{
    size_t n = strlen(prefix);

    return strncmp(s, prefix, n) ? NULL : s + n;
}

/* Steps. */

static struct trace_step *
trace_add_step(struct trace *trace, size_t *allocated)
{
    struct trace_step *step;

    if (trace->n_steps >= *allocated) {
        trace->steps = x2nrealloc(trace->steps, allocated,
                                  sizeof *trace->steps);
    }
    step = &trace->steps[trace->n_steps++];
    memset(step, 0, sizeof *step);
    svec_init(&step->lines);
    return step;
}

/* "MATCH, priority 100, cookie 0x1", or "priority 0", or "No match.". */
static void
step_parse_flow(struct trace_step *step, const char *s)
{
    static const char priority[] = "priority ";
    static const char cookie[] = ", cookie ";
    const char *p = strstr(s, priority);
    const char *c = strstr(s, cookie);

    step->matched = p != NULL;
    step->priority = p ? atoi(p + strlen(priority)) : 0;
    step->cookie = c ? strtoull(c + strlen(cookie), NULL, 0) : 0;
    if (p && p - s >= 2) {
        step->match = xmemdup0(s, p - s - 2);
    } else {
        step->match = xstrdup("");
    }
}

/* Parses "60. ip, priority 100".  Returns false if the line is not of that
 * form. */
static bool
parse_step(const char *line, size_t indent, const char *bridge,
           struct trace *trace, size_t *allocated)
{
    size_t n = strspn(line, "0123456789");
    struct trace_step *step;

    if (!n || n > 3 || line[n] != '.' || line[n + 1] != ' ') {
        return false;
    }
    if (!strstr(line, "priority ") && !after(line + n + 2, "No match")) {
        return false;
    }
    step = trace_add_step(trace, allocated);
    step->table = atoi(line);
    step->bridge = xstrdup(bridge);
    /* The number is right-aligned in two columns. */
    step->indent = n < 2 && indent ? indent - 1 : indent;
    step_parse_flow(step, line + n + 2);
    return true;
}

/* Adds a line of actions to the flow that it belongs to: the last one of this
 * pass that it is indented more than, by at least ACTION_INDENT. */
static void
trace_add_line(struct trace *trace, size_t first, size_t indent,
               const char *line)
{
    for (size_t i = trace->n_steps; i-- > first; ) {
        if (indent >= trace->steps[i].indent + ACTION_INDENT) {
            svec_add(&trace->steps[i].lines, line);
            return;
        }
    }
}

/* Geneve headers. */

/* The text between 's', which is at an opening parenthesis, and the closing
 * one, for the caller to free; to the end of 's' if there is none. */
static char *
extract_parentheses(const char *s)
{
    size_t depth = 0, i;

    for (i = 0; s[i]; i++) {
        if (s[i] == '(') {
            depth++;
        } else if (s[i] == ')' && !--depth) {
            break;
        }
    }
    return i ? xmemdup0(s + 1, i - 1) : xstrdup("");
}

/* The value of "name=" in 's', at the start of a word, for the caller to free;
 * or NULL if there is none. */
static char *
find_value(const char *s, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = s; (p = strstr(p, name)); p += n) {
        if ((p == s || strchr(",(", p[-1])) && p[n] == '=') {
            return xmemdup0(p + n + 1, strcspn(p + n + 1, ",)"));
        }
    }
    return NULL;
}

static unsigned long
find_number(const char *s, const char *name)
{
    char *value = find_value(s, name);
    unsigned long number = value ? strtoul(value, NULL, 0) : 0;

    free(value);
    return number;
}

/* "{class=0xff01,type=0x2,len=4,0x1}": the value has no leading zeros. */
static void
tunnel_parse_options(struct trace_tunnel *tunnel, const char *s)
{
    for (const char *p = s; (p = strstr(p, "{class=")); p++) {
        struct trace_option *o = &tunnel->options[tunnel->n_options];
        unsigned int class, type, length;
        int n = -1;

        if (tunnel->n_options >= GENEVE_MAX_OPTIONS) {
            break;
        }
        if (!ovs_scan(p, "{class=%x,type=%x,len=%u%n", &class, &type, &length,
                      &n)
            || n < 0 || length > GENEVE_OPT_MAX_DATA) {
            continue;
        }
        memset(o, 0, sizeof *o);
        o->key.class = class;
        o->key.type = type;
        o->length = length;
        if (length && p[n] == ',') {
            char *value = xmemdup0(p + n + 1, strcspn(p + n + 1, "}"));

            value_bytes_from_string(value, o->data, length);
            free(value);
        }
        tunnel->n_options++;
    }
}

static struct trace_tunnel *
trace_add_tunnel(struct trace *trace)
{
    trace->tunnels = xrealloc(trace->tunnels, (trace->n_tunnels + 1)
                              * sizeof *trace->tunnels);
    memset(&trace->tunnels[trace->n_tunnels], 0, sizeof *trace->tunnels);
    return &trace->tunnels[trace->n_tunnels++];
}

/* Returns the tunnel header in 's', "geneve(...)" or that of another
 * encapsulation, from its parenthesis on, or NULL. */
static const char *
find_tunnel_header(const char *s, const struct encapsulation **ep)
{
    for (size_t i = 0; (*ep = encapsulation_get(i)) != NULL; i++) {
        char *name = xasprintf(",%s(", (*ep)->name);
        const char *found = strstr(s, name);

        free(name);
        if (found) {
            return strchr(found, '(');
        }
    }
    return NULL;
}

/* The outer header is whole: "ipv4(src=..,dst=..,tos=0,ttl=64,...)". */
static void
parse_tnl_push(struct trace *trace, const char *s)
{
    const char *v4 = strstr(s, "ipv4(");
    const char *ip = v4 ? v4 : strstr(s, "ipv6(");
    const struct encapsulation *e;
    const char *tunnel = find_tunnel_header(s, &e);

    if (ip && tunnel) {
        struct trace_tunnel *t = trace_add_tunnel(trace);
        char *header = extract_parentheses(strchr(ip, '('));
        char *base = extract_parentheses(tunnel);

        t->encapsulation = e;
        t->src = find_value(header, "src");
        t->dst = find_value(header, "dst");
        t->tos = find_number(header, v4 ? "tos" : "tclass");
        t->ttl = find_number(header, v4 ? "ttl" : "hlimit");
        t->vni = find_number(base, "vni");
        t->oam = after(base, "oam") != NULL;
        tunnel_parse_options(t, base);
        free(base);
        free(header);
    }
}

static void
parse_set_tunnel(struct trace *trace, const char *s)
{
    struct trace_tunnel *t = trace_add_tunnel(trace);
    char *v6 = find_value(s, "ipv6_dst");

    t->src = find_value(s, v6 ? "ipv6_src" : "src");
    t->dst = v6 ? v6 : find_value(s, "dst");
    t->tos = find_number(s, "tos");
    t->ttl = find_number(s, "ttl");
    t->vni = find_number(s, "tun_id");
    t->oam = strstr(s, "oam") != NULL;
    tunnel_parse_options(t, s);
}

static void
parse_datapath_actions(struct trace *trace, const char *s)
{
    svec_add(&trace->actions, s);
    while (*s) {
        const char *push = after(s, "tnl_push(");
        const char *set = after(s, "set(tunnel(");

        if (push || set) {
            char *inside = extract_parentheses((push ? push : set) - 1);

            if (push) {
                parse_tnl_push(trace, inside);
            } else {
                parse_set_tunnel(trace, inside);
            }
            s += strlen(inside);
            free(inside);
        }
        s++;
    }
}

/* The whole. */

void
trace_parse(const char *text, struct trace *trace)
{
    char *copy = xstrdup(text);
    char *bridge = xstrdup("");
    char *next = copy;
    size_t allocated = 0, first = 0;
    char *line;

    memset(trace, 0, sizeof *trace);
    svec_init(&trace->actions);
    svec_init(&trace->notes);
    while ((line = strsep(&next, "\n"))) {
        size_t indent = strspn(line, " ");
        const char *rest;

        line += indent;
        if ((rest = after(line, "Flow: "))) {
            first = trace->n_steps;
        } else if ((rest = after(line, "bridge(\""))) {
            free(bridge);
            bridge = xmemdup0(rest, strcspn(rest, "\""));
            first = trace->n_steps;
        } else if ((rest = after(line, "Datapath actions: "))) {
            parse_datapath_actions(trace, rest);
        } else if ((rest = after(line, "Final flow: "))) {
            free(trace->final_flow);
            trace->final_flow = xstrdup(rest);
        } else if ((rest = after(line, ">>"))) {
            svec_add(&trace->notes, rest + strspn(rest, "> "));
        } else if (line[0] && !parse_step(line, indent, bridge, trace,
                                          &allocated)) {
            trace_add_line(trace, first, indent, line);
        }
    }
    free(bridge);
    free(copy);
}

void
trace_destroy(struct trace *trace)
{
    for (size_t i = 0; i < trace->n_steps; i++) {
        free(trace->steps[i].bridge);
        free(trace->steps[i].match);
        svec_destroy(&trace->steps[i].lines);
    }
    for (size_t i = 0; i < trace->n_tunnels; i++) {
        free(trace->tunnels[i].src);
        free(trace->tunnels[i].dst);
    }
    free(trace->steps);
    free(trace->tunnels);
    svec_destroy(&trace->actions);
    svec_destroy(&trace->notes);
    free(trace->final_flow);
}

bool
trace_is_dropped(const struct trace *trace)
{
    const char *last;

    if (!trace->actions.n) {
        return true;
    }

    /* Each pass but the last ends in a recirculation. */
    last = trace->actions.names[trace->actions.n - 1];
    return (!strcmp(last, "drop")
            || (after(last, "check_pkt_len(") && strstr(last, "le(drop)")));
}

size_t
trace_tunnel_compose(const struct trace_tunnel *t, uint8_t *bytes,
                     size_t size)
{
    struct geneve_header *hdr = xzalloc(sizeof *hdr);
    size_t n_bytes;

    hdr->oam = t->oam;
    hdr->proto = PROTO_ETHERNET;
    hdr->vni = t->vni;
    for (size_t i = 0; i < t->n_options; i++) {
        struct geneve_opt *o = &hdr->options[hdr->n_options++];

        o->key = t->options[i].key;
        o->length = t->options[i].length;
        o->data = t->options[i].data;
    }
    n_bytes = geneve_compose(hdr, bytes, size);
    free(hdr);
    return n_bytes;
}
