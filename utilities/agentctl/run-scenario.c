/* `agentctl scenario run': works out negotiation scenarios, without a daemon.
 *
 * A file holds {"scenarios": [...]}, an array, or one scenario.  Each scenario
 * is run by itself: if one is wrong, its name and the member at fault are
 * reported, and the others go on.  The rules are in docs/negotiation.md. */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "lib/scenario.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/console.h"
#include "utilities/agentctl/run.h"
#include "utilities/agentctl/text-table.h"

/* What has been done so far. */
struct scenario_report {
    struct json *results;           /* For -f json. */
    struct text_table *table;       /* For tables. */
    size_t n_run;                   /* Scenarios looked at. */
    size_t n_bad;                   /* Could not be run. */
    size_t n_different;             /* With --check: "expect" differs. */
};

/* Results in a line, for the table. */

/* Characters of an option that are shown: a received one comes with its data,
 * "C/T=...", and that may be 124 bytes. */
#define OPTION_MAX 28

static void
put_options(struct ds *ds, const struct json *options)
{
    for (size_t i = 0; i < cell_array_n(options); i++) {
        const struct json *option = cell_array_at(options, i);

        if (option->type == JSON_STRING) {
            const char *s = json_string(option);
            bool cut = strlen(s) > OPTION_MAX;

            ds_put_format(ds, "%s %.*s%s", i ? "" : ":",
                          cut ? OPTION_MAX - 3 : OPTION_MAX, s,
                          cut ? "..." : "");
        }
    }
}

static void
put_statuses(struct ds *ds, const struct json *steps)
{
    for (size_t i = 0; i < cell_array_n(steps); i++) {
        ds_put_format(ds, "%s%s", i ? ", " : "",
                      json_util_string(cell_array_at(steps, i), "status",
                                       "?"));
    }
}

static char *
result_in_words(const struct json *result)
{
    const struct json *steps = json_util_get(result, "steps");
    const struct json *remotes = json_util_get(result, "remotes");
    const struct json *options = json_util_get(result, "options");
    const char *action = json_util_string(result, "action", NULL);
    const char *reason = json_util_string(result, "reason", NULL);
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (steps) {
        put_statuses(&ds, steps);
    } else if (remotes && remotes->type == JSON_OBJECT) {
        cell_put_count(&ds, shash_count(json_object(remotes)), "remote",
                       "remotes");
        ds_put_cstr(&ds, ", ");
        cell_put_count(&ds, cell_integer(result, "plans", 0), "plan",
                       "plans");
    } else {
        ds_put_cstr(&ds, action ? action
                                : json_util_string(result, "status", "?"));
        if (reason) {
            ds_put_format(&ds, " (%s)", reason);
        }
        put_options(&ds, options);
    }
    return ds_steal_cstr(&ds);
}

/* One scenario. */

/* Its name, or "#3" by its position. */
static char *
scenario_name(const struct json *scenario, size_t position)
{
    const char *name = json_util_string(scenario, "name", NULL);

    return name ? xstrdup(name) : xasprintf("#%"PRIuSIZE, position);
}

static void
report_result(struct scenario_report *report, const struct json *scenario,
              const char *name, const struct json *result,
              const char *difference)
{
    if (report->results) {
        struct json *entry = json_object_create();

        json_object_put_string(entry, "name", name);
        json_object_put(entry, "result", json_clone(result));
        if (difference) {
            json_object_put_string(entry, "difference", difference);
        }
        json_array_add(report->results, entry);
    } else {
        text_table_add_row(report->table);
        text_table_add_cell(report->table, STYLE_PLAIN, name);
        cell_add(report->table, STYLE_PLAIN, scenario, "kind");
        text_table_add_cell_nocopy(report->table, STYLE_PLAIN,
                                   result_in_words(result));
    }
}

static void
report_bad(struct scenario_report *report, const char *name,
           const char *error)
{
    report->n_bad++;
    console_error("scenario %s: %s", name, error);
    if (report->results) {
        struct json *entry = json_object_create();

        json_object_put_string(entry, "name", name);
        json_object_put_string(entry, "error", error);
        json_array_add(report->results, entry);
    }
}

static void
run_one(struct scenario_report *report, bool check,
        const struct json *scenario)
{
    char *name = scenario_name(scenario, ++report->n_run);
    char *difference = NULL, *error = NULL;
    struct json *result;

    if (scenario->type != JSON_OBJECT) {
        report_bad(report, name, "is not an object");
        free(name);
        return;
    }

    result = scenario_run(scenario, &error);
    if (!result) {
        report_bad(report, name, error ? error : "failed");
    } else {
        if (check && !json_util_get(scenario, "expect")) {
            difference = xstrdup("has no \"expect\" to check against");
        } else if (check && scenario_check(scenario, result, &difference)) {
            free(difference);
            difference = NULL;
        }
        if (difference) {
            report->n_different++;
            console_error("scenario %s: %s", name, difference);
        }
        report_result(report, scenario, name, result, difference);
    }
    json_destroy(result);
    free(difference);
    free(error);
    free(name);
}

/* The whole file. */

/* Reads 'file'.  Returns what is in it, or NULL after an error message. */
static struct json *
read_scenarios(const char *file)
{
    const char *name = strcmp(file, "-") ? file : "standard input";
    struct ds text = DS_EMPTY_INITIALIZER;
    struct json *json = NULL;
    char *error = NULL;
    int retval;

    retval = console_read_file(file, &text);
    if (retval) {
        console_error("%s: %s", name, ovs_strerror(retval));
    } else {
        json = json_util_parse(ds_cstr(&text), text.length, &error);
        if (!json) {
            console_error("%s: not JSON: %s", name, error);
            free(error);
        }
    }
    ds_destroy(&text);
    return json;
}

static void
print_report(const struct run_options *o, struct scenario_report *report)
{
    if (report->results) {
        struct json *all = json_object_create();

        json_object_put(all, "results", report->results);
        console_put_json(all);
        json_destroy(all);
        report->results = NULL;
    } else {
        struct ds ds = DS_EMPTY_INITIALIZER;

        if (o->check) {
            size_t n_failed = report->n_bad + report->n_different;

            ds_put_format(&ds, "%"PRIuSIZE" as expected, %"PRIuSIZE" not\n",
                          report->n_run - n_failed, n_failed);
        } else if (text_table_n_rows(report->table)) {
            text_table_format(report->table, &o->format, &ds);
        }
        console_put_ds(&ds);
        ds_destroy(&ds);
    }
}

int
run_scenario(const struct run_options *o, int argc OVS_UNUSED,
                      char *argv[])
{
    struct scenario_report report = { NULL, NULL, 0, 0, 0 };
    const struct json *list;
    struct json *json;

    json = read_scenarios(argv[0]);
    if (!json) {
        return RUN_FAILED;
    }

    report.results = o->json ? json_array_create_empty() : NULL;
    report.table = text_table_create(0);
    text_table_add_column(report.table, COLUMN_LEFT, "NAME");
    text_table_add_column(report.table, COLUMN_LEFT, "KIND");
    text_table_add_column(report.table, COLUMN_FOLD, "RESULT");

    list = json_util_get(json, "scenarios");
    list = list ? list : json;
    if (list->type == JSON_ARRAY) {
        for (size_t i = 0; i < cell_array_n(list); i++) {
            run_one(&report, o->check, cell_array_at(list, i));
        }
    } else if (list->type == JSON_OBJECT && list == json) {
        run_one(&report, o->check, json);
    } else {
        report_bad(&report, argv[0], "\"scenarios\" must be an array, and a "
                   "scenario an object");
    }

    fflush(stderr);
    print_report(o, &report);
    text_table_destroy(report.table);
    json_destroy(json);
    return report.n_bad || report.n_different ? RUN_FAILED
                                              : RUN_DONE;
}
