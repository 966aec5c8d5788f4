/* `endpoint list' as a table. */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

static void
add_message(struct text_table *table, const struct json *endpoint,
            const char *message)
{
    text_table_add_row(table);
    cell_add(table, STYLE_PLAIN, endpoint, "name");
    text_table_add_cell(table, STYLE_PLAIN, message);
}

/* Adds how many packets of the endpoint were dropped, and why. */
static void
add_drops(struct text_table *table, const struct json *endpoint)
{
    static const struct {
        const char *member, *why;
    } drops[] = {
        { "spoofed", "that it may not send: not from its addresses, "
          "unsolicited ARP or ND, a server's or router's, or with a VLAN "
          "tag" },
        { "bumDropped", "that were beyond its rate of broadcasts and "
          "multicasts (nve-bum-rate)" },
        { "packetInsDropped", "that the agent would have had to answer with "
          "ICMP errors, by the switch" },
        { "answersDropped", "without an ICMP error, as there were too many" },
        { "egressKilobitsDropped", "that it sent beyond the kilobits of its "
          "QoSPolicy" },
        { "egressPacketsDropped", "that it sent beyond the packets of its "
          "QoSPolicy" },
        { "ingressKilobitsDropped", "on the way to it, beyond the kilobits of "
          "its QoSPolicy" },
        { "ingressPacketsDropped", "on the way to it, beyond the packets of "
          "its QoSPolicy" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(drops); i++) {
        int64_t n = cell_integer(endpoint, drops[i].member, 0);

        if (n) {
            struct ds message = DS_EMPTY_INITIALIZER;

            cell_put_count(&message, n, "packet", "packets");
            ds_put_format(&message, " dropped %s", drops[i].why);
            add_message(table, endpoint, ds_cstr(&message));
            ds_destroy(&message);
        }
    }
}

/* Adds which policies apply to the endpoint, and how many packets they kept
 * out or in. */
static void
add_policies(struct text_table *table, const struct json *endpoint)
{
    static const struct {
        const char *policies, *heading, *denied, *what;
    } directions[] = {
        { "policies", "selected by ", "denied", "in" },
        { "egressPolicies", "selected for egress by ", "deniedEgress", "out" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
        const struct json *policies = json_util_get(endpoint,
                                                    directions[i].policies);
        struct ds message = DS_EMPTY_INITIALIZER;

        if (cell_array_n(policies)) {
            ds_put_cstr(&message, directions[i].heading);
            cell_join(&message, policies, ", ", 0);
            ds_put_cstr(&message, "; ");
            cell_put_count(&message,
                           cell_integer(endpoint, directions[i].denied, 0),
                           "packet", "packets");
            ds_put_format(&message, " not let %s", directions[i].what);
            add_message(table, endpoint, ds_cstr(&message));
        }
        ds_destroy(&message);
    }
}

/* Adds what the agent answers to the endpoint, and why not, if its VPC has
 * anything of that. */
static void
add_services(struct text_table *table, const struct json *endpoint)
{
    const struct json *services = json_util_get(endpoint, "services");
    const char *dhcp = json_util_string(services, "dhcp", "");
    const char *dhcp6 = json_util_string(services, "dhcp6", "");

    if (services) {
        bool ra = json_util_boolean(services, "ra", false);
        char *message = xasprintf("DHCP: %s; DHCPv6: %s; router "
                                  "advertisements: %s", dhcp, dhcp6,
                                  ra ? "sent" : "none");

        add_message(table, endpoint, message);
        free(message);
    }
}

/* Messages do not fit in the rows of their endpoints. */
static void
print_messages(const struct json *json, const struct text_format *format,
               struct ds *ds)
{
    struct text_table *table = text_table_create(2);

    text_table_add_column(table, COLUMN_LEFT, NULL);
    text_table_add_column(table, COLUMN_FOLD, NULL);
    for (size_t i = 0; i < cell_array_n(json); i++) {
        const struct json *endpoint = cell_array_at(json, i);
        const char *message = json_util_string(endpoint, "message", "");

        if (message[0]) {
            add_message(table, endpoint, message);
        }
        add_drops(table, endpoint);
        add_policies(table, endpoint);
        add_services(table, endpoint);
    }
    if (text_table_n_rows(table)) {
        ds_put_char(ds, '\n');
        text_put(ds, format, STYLE_BOLD, "Messages");
        ds_put_char(ds, '\n');
        text_table_format(table, format, ds);
    }
    text_table_destroy(table);
}

/* The IP addresses, then the MAC.  They can be folded to a line each. */
static void
add_addresses_cell(struct text_table *table, const struct json *endpoint)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    const char *mac = json_util_string(endpoint, "mac", "");

    cell_join(&ds, json_util_get(endpoint, "ips"), " ", 0);
    ds_put_format(&ds, "%s%s", ds.length && mac[0] ? " " : "", mac);
    text_table_add_cell_nocopy(table, STYLE_PLAIN, ds_steal_cstr(&ds));
}

void
print_endpoint_list(const struct json *json,
                    const struct text_format *format, struct ds *ds)
{
    struct text_table *table;

    if (!cell_array_n(json)) {
        ds_put_cstr(ds, "No endpoints: no interface of this node has the "
                    "external_ids:iface-id of one.\n");
        return;
    }

    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_LEFT, "VPC");
    text_table_add_column(table, COLUMN_LEFT, "NVE");
    text_table_add_column(table, COLUMN_FOLD, "ADDRESSES");
    text_table_add_column(table, COLUMN_LEFT, "PHASE");
    text_table_add_column(table, COLUMN_RIGHT, "MTU");
    text_table_add_column(table, COLUMN_RIGHT, "LABEL");
    text_table_add_column(table, COLUMN_RIGHT, "SENT");
    text_table_add_column(table, COLUMN_RIGHT, "RECVD");
    for (size_t i = 0; i < cell_array_n(json); i++) {
        const struct json *endpoint = cell_array_at(json, i);
        bool local = json_util_boolean(endpoint, "local", false);

        text_table_add_row(table);
        cell_add(table, local ? STYLE_BOLD : STYLE_PLAIN, endpoint, "name");
        cell_add(table, STYLE_PLAIN, endpoint, "vpc");
        cell_add(table, STYLE_PLAIN, endpoint, "nve");
        add_addresses_cell(table, endpoint);
        cell_add_status(table, endpoint, "phase");
        cell_add(table, STYLE_PLAIN, endpoint, "mtu");
        cell_add(table, STYLE_PLAIN, endpoint, "policyLabel");
        cell_add_large(table, endpoint, "sent");
        cell_add_large(table, endpoint, "received");
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    print_messages(json, format, ds);
}
