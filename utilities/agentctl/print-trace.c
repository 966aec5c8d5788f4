/* `trace': the way of a packet, for people.
 *
 * First comes what was asked, then where the packet goes and with which
 * header, and in the end a sentence that sums it up: all that many want to
 * know. */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/encapsulation.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

/* "web-1 on hv-1, policy label 101". */
static char *
format_party(const struct json *party)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    int64_t label = cell_integer(party, "policyLabel", -1);
    const char *nve = json_util_string(party, "nve", NULL);

    ds_put_cstr(&s, json_util_string(party, "name", "?"));
    if (nve) {
        ds_put_format(&s, " on %s", nve);
    }
    if (label >= 0) {
        ds_put_format(&s, ", policy label %"PRId64, label);
    }
    return ds_steal_cstr(&s);
}

/* A flow with blanks, at which it can be folded. */
static char *
format_flow(const char *flow)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (const char *p = flow; *p; p++) {
        ds_put_char(&s, *p);
        if (*p == ',' && p[1] != ' ') {
            ds_put_char(&s, ' ');
        }
    }
    return ds_steal_cstr(&s);
}

/* The stages that the packet went through, once each. */
static char *
format_stages(const struct json *steps)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *bridge = NULL;

    for (size_t i = 0; i < cell_array_n(steps); i++) {
        const struct json *step = cell_array_at(steps, i);
        const char *at = json_util_string(step, "bridge", "");
        const char *stage = json_util_string(step, "stage", NULL);

        if (stage && !json_util_boolean(step, "ifTooBig", false)) {
            ds_put_format(&s, "%s", s.length ? " > " : "");
            if (!bridge || strcmp(bridge, at)) {
                ds_put_format(&s, "%s: ", at);
                bridge = at;
            }
            ds_put_cstr(&s, stage);
        }
    }
    return ds_steal_cstr(&s);
}

/* A verdict, and who gave it: the rule in member 'rule', or the policies in
 * member 'policies_'. */
static char *
format_policy(const struct json *json, const char *policy,
              const char *policies_, const char *rule)
{
    static const char *const texts[][2] = {
        { "none", "none applies to the receiver" },
        { "receiver", "the receiving node decides" },
    };
    const struct json *policies = json_util_get(json, policies_);
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (!strcmp(policy, texts[i][0])) {
            policy = texts[i][1];
        }
    }
    ds_put_cstr(&s, policy);
    rule = json_util_string(json, rule, NULL);
    if (rule) {
        ds_put_format(&s, " by %s", rule);
    } else if (cell_array_n(policies)) {
        ds_put_cstr(&s, " by ");
        cell_join(&s, policies, ", ", 0);
    }
    return ds_steal_cstr(&s);
}

/* Where a packet from outside enters: "by ext-physnet1 from br-ex,
 * ExternalNetwork out, VLAN 5; active: hv-1". */
static char *
format_entry(const struct json *entry)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const char *active = json_util_string(entry, "active", NULL);
    int64_t vlan = cell_integer(entry, "vlan", 0);

    ds_put_format(&s, "by %s from %s, ExternalNetwork %s",
                  json_util_string(entry, "port", "?"),
                  json_util_string(entry, "bridge", "?"),
                  json_util_string(entry, "externalNetwork", "?"));
    if (vlan) {
        ds_put_format(&s, ", VLAN %"PRId64, vlan);
    }
    ds_put_format(&s, "; active: %s", active ? active : "not known");
    return ds_steal_cstr(&s);
}

static void
add_line(struct text_table *table, const char *name, char *text)
{
    text_table_add_row(table);
    text_table_add_cell(table, STYLE_DIM, name);
    text_table_add_cell_nocopy(table, STYLE_PLAIN, text);
}

static void
print_subject(const struct json *json, const struct text_format *format,
              struct ds *ds)
{
    struct text_table *table = text_table_create(0);
    const char *egress = json_util_string(json, "egress", "none");
    const char *policy = json_util_string(json, "policy", NULL);
    const char *service = json_util_string(json, "service", NULL);
    const struct json *entry = json_util_get(json, "entry");
    int64_t mtu = cell_integer(json, "mtu", 0);

    text_table_add_column(table, COLUMN_LEFT, NULL);
    text_table_add_column(table, COLUMN_FOLD, NULL);
    add_line(table, "from", format_party(json_util_get(json, "source")));
    add_line(table, "to", format_party(json_util_get(json, "destination")));
    if (entry && entry->type == JSON_OBJECT) {
        add_line(table, "enters", format_entry(entry));
        add_line(table, "address",
                 xstrdup(json_util_string(entry, "sentence", "")));
    }
    add_line(table, "VPC", xasprintf("%s, VNI %"PRId64", %s",
                                     json_util_string(json, "vpc", "?"),
                                     cell_integer(json, "vni", 0),
                                     json_util_string(json, "forwarding",
                                                      "")));
    add_line(table, "packet",
             format_flow(json_util_string(json, "flow", "")));
    add_line(table, "stages", format_stages(json_util_get(json, "steps")));
    if (service) {
        add_line(table, "service", xstrdup(service));
    }
    if (!strcmp(egress, "allowed") || !strcmp(egress, "denied")) {
        add_line(table, "egress",
                 format_policy(json, egress, "egressPolicies",
                               "egressRule"));
    }
    if (policy) {
        add_line(table, "policy", format_policy(json, policy, "policies",
                                                "rule"));
    }
    if (mtu) {
        add_line(table, "MTU", xasprintf("%"PRId64"; larger IP packets get an "
                                         "ICMP error", mtu));
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
}

static void
print_options(const struct json *options, const struct text_format *format,
              struct ds *ds)
{
    struct text_table *table = text_table_create(4);

    text_table_add_column(table, COLUMN_RIGHT, "#");
    text_table_add_column(table, COLUMN_LEFT, "OPTION");
    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_RIGHT, "LEN");
    text_table_add_column(table, COLUMN_LEFT, "VALUE");
    for (size_t i = 0; i < cell_array_n(options); i++) {
        const struct json *option = cell_array_at(options, i);

        text_table_add_row(table);
        text_table_add_format(table, STYLE_PLAIN, "%"PRIuSIZE, i + 1);
        text_table_add_format(table, STYLE_PLAIN, "%s%s",
                              json_util_string(option, "option", "?"),
                              json_util_boolean(option, "critical", false)
                              ? "!" : "");
        cell_add(table, STYLE_PLAIN, option, "name");
        cell_add(table, STYLE_PLAIN, option, "length");
        cell_add(table, STYLE_PLAIN, option, "value");
    }
    if (text_table_n_rows(table)) {
        text_table_format(table, format, ds);
    } else {
        text_put_indented(ds, format, STYLE_DIM, 4, "no options");
    }
    text_table_destroy(table);
}

/* "VXLAN" for "vxlan". */
static const char *
get_title(const struct json *tunnel)
{
    const char *name = json_util_string(tunnel, "encapsulation", "geneve");
    const struct encapsulation *e = encapsulation_find(name);

    return e ? e->title : name;
}

/* The outer and the tunnel header of the packet, or of a copy of it. */
static void
print_tunnel(const struct json *tunnel, const char *heading,
             const struct text_format *format, struct ds *ds)
{
    const char *header = json_util_string(tunnel, "header", NULL);
    const char *src = json_util_string(tunnel, "source", NULL);
    struct ds line = DS_EMPTY_INITIALIZER;

    ds_put_char(ds, '\n');
    text_put(ds, format, STYLE_BOLD, heading);
    ds_put_char(ds, '\n');
    ds_put_format(&line, "outer %s%s%s",
                  src ? src : "", src ? " > " : "to ",
                  json_util_string(tunnel, "destination", "?"));
    if (json_util_get(tunnel, "ttl")) {
        ds_put_format(&line, ", TTL %"PRId64", TOS 0x%02"PRIx64,
                      cell_integer(tunnel, "ttl", 0),
                      cell_integer(tunnel, "tos", 0));
    }
    text_put_indented(ds, format, STYLE_PLAIN, 2, ds_cstr(&line));
    ds_clear(&line);
    ds_put_format(&line, "%s, VNI %"PRId64", header of %"PRId64" bytes:",
                  get_title(tunnel), cell_integer(tunnel, "vni", 0),
                  cell_integer(tunnel, "headerBytes", 0));
    text_put_indented(ds, format, STYLE_PLAIN, 2, ds_cstr(&line));
    print_options(json_util_get(tunnel, "options"), format, ds);
    ds_destroy(&line);
    if (header) {
        /* In words of eight bytes, so that a long header can be folded. */
        struct ds hex = DS_EMPTY_INITIALIZER;

        for (const char *p = header; *p; ) {
            size_t n = strnlen(p, 16);

            ds_put_format(&hex, "%s%.*s", p == header ? "" : " ", (int) n, p);
            p += n;
        }
        text_put_indented(ds, format, STYLE_DIM, 4, ds_cstr(&hex));
        ds_destroy(&hex);
    }
}

static enum text_style
style_for_outcome(const char *outcome)
{
    return (!strcmp(outcome, "dropped") ? STYLE_BAD
            : !strcmp(outcome, "unknown") ? STYLE_NOTICE : STYLE_GOOD);
}

void
print_trace(const struct json *json, const struct text_format *format,
            struct ds *ds)
{
    const struct json *tunnels = json_util_get(json, "tunnels");
    const struct json *arrival = json_util_get(json, "arrival");

    print_subject(json, format, ds);
    if (arrival && arrival->type == JSON_OBJECT) {
        char *heading = xasprintf("Comes from %s",
                                  json_util_string(arrival, "nve", "?"));

        print_tunnel(arrival, heading, format, ds);
        free(heading);
    }
    for (size_t i = 0; i < cell_array_n(tunnels); i++) {
        const struct json *tunnel = cell_array_at(tunnels, i);
        char *heading = xasprintf("Remote %s, plan %"PRId64,
                                  json_util_string(tunnel, "nve", "?"),
                                  cell_integer(tunnel, "plan", 0));

        print_tunnel(tunnel, heading, format, ds);
        free(heading);
    }
    ds_put_char(ds, '\n');
    text_put_indented(ds, format,
                      style_for_outcome(json_util_string(json, "outcome",
                                                         "")), 0,
                      json_util_string(json, "sentence", ""));
}
