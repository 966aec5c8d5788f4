/* `policy list' as a table: a line for each rule of a policy. */

#include <config.h>

#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

/* More numbers than this say little to people. */
#define MAX_LABELS 8

/* What of a direction a rule has, and how it is shown. */
static const struct direction {
    const char *rules;              /* Member of a policy. */
    const char *name;
    const char *peers, *numbers;    /* Members of a rule. */
} directions[] = {
    { "rules", "in", "from", "labels" },
    { "egress", "out", "to", "labelSets" },
};

/* Adds member 'name' of a rule, which is a list, or null for "all". */
static void
add_list_cell(struct text_table *table, const struct json *rule,
              const char *name, const char *separator, size_t max)
{
    const struct json *list = json_util_get(rule, name);
    struct ds s = DS_EMPTY_INITIALIZER;

    if (!list || list->type != JSON_ARRAY) {
        text_table_add_cell(table, STYLE_PLAIN, "any");
        return;
    }
    if (cell_array_n(list)) {
        cell_join(&s, list, separator, max);
    }
    text_table_add_cell_nocopy(table, STYLE_PLAIN,
                               s.length ? ds_steal_cstr(&s)
                               : xstrdup(cell_array_n(list) ? "all labels"
                                         : "none"));
    ds_destroy(&s);
}

/* Adds who the selectors of a rule have become.  Label sets are long, and say
 * little that the selectors do not say. */
static void
add_numbers_cell(struct text_table *table, const struct json *rule,
                 const struct direction *direction)
{
    const struct json *list = json_util_get(rule, direction->numbers);

    if (list && direction != &directions[0]) {
        struct ds s = DS_EMPTY_INITIALIZER;

        cell_put_count(&s, cell_array_n(list), "set", "sets");
        text_table_add_cell_nocopy(table, STYLE_PLAIN, ds_steal_cstr(&s));
    } else {
        add_list_cell(table, rule, direction->numbers, ", ", MAX_LABELS);
    }
}

/* The first row of a policy says whom it is for. */
static void
add_rule_row(struct text_table *table, const struct json *policy,
             const struct direction *direction, const struct json *rule,
             bool first)
{
    const struct json *endpoints = json_util_get(policy, "endpoints");

    text_table_add_row(table);
    if (first) {
        cell_add(table, STYLE_BOLD, policy, "name");
        cell_add(table, STYLE_PLAIN, policy, "vpc");
        text_table_add_format(table, STYLE_PLAIN, "%"PRIuSIZE,
                              cell_array_n(endpoints));
    } else {
        for (int i = 0; i < 3; i++) {
            text_table_add_cell(table, STYLE_PLAIN, " ");
        }
    }
    text_table_add_cell(table, STYLE_PLAIN, direction->name);
    if (rule) {
        add_list_cell(table, rule, direction->peers, "; ", 0);
        add_numbers_cell(table, rule, direction);
        add_list_cell(table, rule, "ports", ", ", 0);
    } else {
        text_table_add_cell(table, STYLE_PLAIN, "nobody");
    }
}

static void
add_policy_rows(struct text_table *table, const struct json *policy)
{
    bool first = true;

    for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
        const struct direction *d = &directions[i];
        const struct json *rules = json_util_get(policy, d->rules);

        if (rules && !cell_array_n(rules)) {
            add_rule_row(table, policy, d, NULL, first);
            first = false;
        }
        for (size_t j = 0; j < cell_array_n(rules); j++) {
            add_rule_row(table, policy, d, cell_array_at(rules, j), first);
            first = false;
        }
    }
}

static void
print_policy_messages(const struct json *json,
                      const struct text_format *format, struct ds *ds)
{
    for (size_t i = 0; i < cell_array_n(json); i++) {
        const struct json *policy = cell_array_at(json, i);
        const char *message = json_util_string(policy, "message", "");

        if (message[0]) {
            char *text = xasprintf("%s: %s",
                                   json_util_string(policy, "name", "?"),
                                   message);

            text_put_indented(ds, format, STYLE_NOTICE, 0, text);
            free(text);
        }
    }
}

void
print_policy_list(const struct json *json, const struct text_format *format,
                  struct ds *ds)
{
    struct text_table *table;

    if (!cell_array_n(json)) {
        ds_put_cstr(ds, "No policies: every endpoint of this node takes "
                    "and sends everything.\n");
        return;
    }

    table = text_table_create(0);
    text_table_add_column(table, COLUMN_LEFT, "NAME");
    text_table_add_column(table, COLUMN_LEFT, "VPC");
    text_table_add_column(table, COLUMN_RIGHT, "HERE");
    text_table_add_column(table, COLUMN_LEFT, "DIR");
    text_table_add_column(table, COLUMN_FOLD, "FROM OR TO");
    text_table_add_column(table, COLUMN_FOLD, "LABELS");
    text_table_add_column(table, COLUMN_FOLD, "PORTS");
    for (size_t i = 0; i < cell_array_n(json); i++) {
        add_policy_rows(table, cell_array_at(json, i));
    }
    text_table_format(table, format, ds);
    text_table_destroy(table);
    text_put_indented(ds, format, STYLE_DIM, 0,
                      "HERE: endpoints of this node that it selects; LABELS: "
                      "the policy labels of those it lets in, and how many "
                      "label sets it lets out to");
    print_policy_messages(json, format, ds);
}
