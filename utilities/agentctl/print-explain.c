/* `explain': a sentence for each option. */

#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/cell.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/text-table.h"

static void
print_explain_line(const struct json *line, const struct text_format *format,
                   struct ds *ds)
{
    const char *option = json_util_string(line, "option", NULL);
    const char *name = json_util_string(line, "name", NULL);
    const char *rule = json_util_string(line, "rule", NULL);
    const char *said_by = json_util_string(line, "saidBy", NULL);
    bool sent = json_util_boolean(line, "sent", false);
    struct ds text = DS_EMPTY_INITIALIZER;

    if (option) {
        ds_put_format(&text, "  %s%s%s: ", option, name ? " " : "",
                      name ? name : "");
        text_put(ds, format, STYLE_BOLD, ds_cstr(&text));
        text_put(ds, format, sent ? STYLE_GOOD : STYLE_NOTICE,
                 sent ? "sent" : "not sent");
        ds_put_char(ds, '\n');
        ds_clear(&text);
    }
    text_put_indented(ds, format, STYLE_PLAIN, option ? 4 : 2,
                      json_util_string(line, "sentence", ""));
    if (rule || said_by) {
        ds_put_format(&text, "%s%s%s%s%s", rule ? "rule: " : "",
                      rule ? rule : "", rule && said_by ? "; " : "",
                      said_by ? "said by: " : "", said_by ? said_by : "");
        text_put_indented(ds, format, STYLE_DIM, option ? 4 : 2,
                          ds_cstr(&text));
    }
    ds_destroy(&text);
}

void
print_explain(const struct json *json, const struct text_format *format,
              struct ds *ds)
{
    const struct json *lines = json_util_get(json, "lines");
    const char *last = NULL;
    int64_t n;

    for (size_t i = 0; i < cell_array_n(lines); i++) {
        const struct json *line = cell_array_at(lines, i);
        const char *profile = json_util_string(line, "profile", "");

        if (!last || strcmp(last, profile)) {
            char *heading = profile[0]
                ? xasprintf("To %s, profile %s",
                            json_util_string(json, "remote", "?"), profile)
                : xasprintf("%s %s", json_util_get(line, "vpc")
                            ? "From" : "To",
                            json_util_string(json, "remote", "?"));

            ds_put_cstr(ds, last ? "\n" : "");
            text_put(ds, format, STYLE_BOLD, heading);
            ds_put_char(ds, '\n');
            free(heading);
            last = profile;
        }
        print_explain_line(line, format, ds);
    }
    if (json_util_integer(json, "disbelieved", &n) && n > 0) {
        char *sentence = xasprintf(
            "%"PRId64" packets from it were dropped that said they were "
            "passed on, and could not be.", n);

        text_put_indented(ds, format, STYLE_NOTICE, 2, sentence);
        free(sentence);
    }
    if (!cell_array_n(lines)) {
        ds_put_cstr(ds, "Nothing is sent to this remote: no VPC in "
                    "common.\n");
    }
}
