/* Passes of a packet.
 *
 * A packet that is sent to connection tracking comes back in another pass.
 * ofproto/trace tracks nothing: it goes on with ct_state=trk|new and leaves
 * the fields of the connection 0.  So it misses flows that match those fields,
 * as all flows of policies do.  In a new connection they are the packet's own;
 * this adds them to the flow, so that it can be traced again. */

#include <config.h>

#include "lib/trace-pass.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "svec.h"
#include "util.h"

/* A line of this many "=" begins each pass but the first. */
#define RULER "\n=========="

void
trace_pass_split(const char *text, struct svec *passes)
{
    while (text) {
        /* The heading of a pass is between two such lines. */
        const char *begin = strstr(text, RULER);
        const char *next;

        if (passes->n) {
            const char *second = begin ? strstr(begin + 1, RULER) : NULL;

            next = second ? strstr(second + 1, RULER) : NULL;
        } else {
            next = begin;
        }
        svec_add_nocopy(passes, next ? xmemdup0(text, next - text)
                                     : xstrdup(text));
        text = next;
    }
}

/* The part of a flow that is about the packet itself. */
struct tuple {
    unsigned int protocol;
    const char *src, *dst;          /* Within the tokens; NULL: no IP. */
    const char *tp_src, *tp_dst;    /* Likewise, "" if there are none. */
    bool ipv6;
};

/* If 'token' is "name=value", the value. */
static const char *
token_value(const char *token, const char *name)
{
    size_t n = strlen(name);

    return !strncmp(token, name, n) && token[n] == '=' ? token + n + 1 : NULL;
}

static unsigned int
token_protocol(const char *token)
{
    static const struct {
        const char *name;
        unsigned int protocol;
    } names[] = {
        { "tcp", IPPROTO_TCP }, { "tcp6", IPPROTO_TCP },
        { "udp", IPPROTO_UDP }, { "udp6", IPPROTO_UDP },
        { "sctp", IPPROTO_SCTP }, { "sctp6", IPPROTO_SCTP },
        { "icmp", IPPROTO_ICMP }, { "icmp6", IPPROTO_ICMPV6 },
    };
    const char *number = token_value(token, "nw_proto");

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (!strcmp(token, names[i].name)) {
            return names[i].protocol;
        }
    }
    return number ? strtoul(number, NULL, 0) : 0;
}

static void
tuple_take_token(struct tuple *t, const char *token)
{
    unsigned int protocol = token_protocol(token);
    const char *value;

    if (protocol) {
        t->protocol = protocol;
    } else if ((value = token_value(token, "nw_src"))
               || (value = token_value(token, "ipv6_src"))) {
        t->src = value;
        t->ipv6 = token[0] == 'i';
    } else if ((value = token_value(token, "nw_dst"))
               || (value = token_value(token, "ipv6_dst"))) {
        t->dst = value;
    } else if ((value = token_value(token, "tp_src"))) {
        t->tp_src = value;
    } else if ((value = token_value(token, "tp_dst"))) {
        t->tp_dst = value;
    }
}

/* OVS prints tp_src or icmp_type for any protocol, but reads those names back
 * for TCP and ICMP only. */
static void
put_token(struct ds *s, const char *token, unsigned int protocol)
{
    const char *name = (protocol == IPPROTO_TCP ? "tcp"
                        : protocol == IPPROTO_UDP ? "udp"
                        : protocol == IPPROTO_SCTP ? "sctp" : NULL);

    if (name && !strncmp(token, "tp_", 3)) {
        ds_put_format(s, "%s_%s", name, token + 3);
    } else if (protocol == IPPROTO_ICMPV6 && !strncmp(token, "icmp_", 5)) {
        ds_put_format(s, "icmpv6_%s", token + 5);
    } else {
        ds_put_cstr(s, token);
    }
}

static void
put_tuple(struct ds *s, const struct tuple *t)
{
    const char *family = t->ipv6 ? "ipv6" : "nw";

    if (!t->src || !t->dst) {
        return;
    }
    ds_put_format(s, ",ct_%s_src=%s,ct_%s_dst=%s,ct_nw_proto=%u",
                  family, t->src, family, t->dst, t->protocol);
    if (t->tp_src && t->tp_dst) {
        ds_put_format(s, ",ct_tp_src=%s,ct_tp_dst=%s", t->tp_src, t->tp_dst);
    }
}

/* Whether a token is about the tunnel that the packet came from.  It may be of
 * another kind of tunnel: gtpu_flags are printed for Geneve, too, although
 * they cannot be set. */
static bool
token_is_of_tunnel(const char *token)
{
    return !strncmp(token, "tun_", 4) || !strncmp(token, "gtpu_", 5);
}

/* Returns 'flow', a packet's registers and fields separated by commas, with
 * those of the connection.  Leaves out the recirculation id, which is no
 * longer valid, and the tunnel that it came from, which no longer matters. */
static char *
flow_add_connection(const char *flow, bool to_tunnel, bool translated)
{
    struct svec tokens = SVEC_EMPTY_INITIALIZER;
    struct ds s = DS_EMPTY_INITIALIZER;
    struct tuple tuple = { .protocol = 0 };

    for (const char *p = flow; *p; ) {
        size_t n = strcspn(p, ",");

        svec_add_nocopy(&tokens, xmemdup0(p, n));
        p += n;
        p += *p == ',';
    }
    for (size_t i = 0; i < tokens.n; i++) {
        tuple_take_token(&tuple, tokens.names[i]);
    }
    for (size_t i = 0; i < tokens.n; i++) {
        const char *token = tokens.names[i];

        if (strcmp(token, "eth") && !token_value(token, "recirc_id")
            && (!token_is_of_tunnel(token)
                || (to_tunnel && token_value(token, "tun_id")))) {
            ds_put_cstr(&s, s.length ? "," : "");
            put_token(&s, token, tuple.protocol);
            if (translated && token_value(token, "ct_state")) {
                ds_put_cstr(&s, "|dnat");
            }
        }
    }
    put_tuple(&s, &tuple);
    svec_destroy(&tokens);
    return ds_steal_cstr(&s);
}

char *
trace_pass_get_tracked(const char *pass, int table, bool to_tunnel,
                       bool translated)
{
    char *resume = xasprintf("Resuming from table %d\n", table);
    const char *flow = strstr(pass, "\nFlow: ");
    char *result = NULL;

    if (strstr(pass, "resume conntrack") && strstr(pass, resume) && flow) {
        char *line;

        flow += strlen("\nFlow: ");
        line = xmemdup0(flow, strcspn(flow, "\n"));
        result = flow_add_connection(line, to_tunnel, translated);
        free(line);
    }
    free(resume);
    return result;
}

/* The rest of the line of 'pass' that begins with 'name', or NULL.  Sets '*n'
 * to its length. */
static const char *
pass_get_line(const char *pass, const char *name, size_t *n)
{
    const char *line = strstr(pass, name);

    if (line) {
        line += strlen(name);
        *n = strcspn(line, "\n");
    }
    return line;
}

const char *
trace_pass_get_translation(const char *pass)
{
    size_t n, n2;
    const char *before = pass_get_line(pass, "\n Initial flow: ", &n);
    const char *after = pass_get_line(pass, "\n Modified flow: ", &n2);
    const char *result = NULL;

    /* Both are lists of the same fields; the first that differs counts. */
    while (before && after && n && n2 && !result) {
        size_t m = MIN(strcspn(before, ",\n"), n);
        size_t m2 = MIN(strcspn(after, ",\n"), n2);

        if (m != m2 || memcmp(before, after, m)) {
            char *token = xmemdup0(after, m2);

            result = strstr(token, "_dst=") ? "dnat" : "snat";
            free(token);
        }
        before += m + (m < n);
        n -= m + (m < n);
        after += m2 + (m2 < n2);
        n2 -= m2 + (m2 < n2);
    }
    return result;
}

char *
trace_pass_get_options(const char *pass)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (const char *line = pass; *line; ) {
        size_t n = strcspn(line, "\n");
        size_t indent = strspn(line, " ");
        char *action = xmemdup0(line + MIN(indent, n), n - MIN(indent, n));

        /* set_field:...->tun_metadata5, move:...->NXM_NX_TUN_METADATA5[...] */
        if (indent && (strstr(action, "->tun_metadata")
                       || strstr(action, "->NXM_NX_TUN_METADATA"))) {
            ds_put_format(&s, "%s,", action);
        }
        free(action);
        line += n + (line[n] == '\n');
    }
    return ds_steal_cstr(&s);
}
