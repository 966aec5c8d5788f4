/* json-reader.h with Open vSwitch's JSON, as the agent uses it. */

#include <config.h>

#include "tests/bench/json-reader.h"

#include <stdlib.h>

#include "openvswitch/json.h"
#include "openvswitch/shash.h"

static const struct json *
get_member(const struct json *json, const char *name)
{
    return (json && json->type == JSON_OBJECT
            ? shash_find_data(json_object(json), name) : NULL);
}

static void
add_endpoint(const struct json *endpoint, struct json_tally *tally)
{
    const struct json *label = get_member(get_member(endpoint, "spec"),
                                          "policyLabel");

    if (label && label->type == JSON_INTEGER) {
        tally->n++;
        tally->labels += json_integer(label);
    }
}

bool
json_reader_read_lines(FILE *file, struct json_tally *tally)
{
    char *line = NULL;
    bool ok = true;
    size_t size;

    while (ok && getline(&line, &size, file) > 0) {
        struct json *json = json_from_string(line);

        ok = json->type == JSON_OBJECT;
        add_endpoint(json, tally);
        json_destroy(json);
    }
    free(line);
    return ok;
}

bool
json_reader_read_list(FILE *file, struct json_tally *tally)
{
    struct json_parser *parser = json_parser_create(0);
    const struct json *items;
    struct json *json;
    char chunk[65536];
    size_t n;

    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0) {
        json_parser_feed(parser, chunk, n);
    }
    json = json_parser_finish(parser);
    items = get_member(json, "items");
    for (size_t i = 0; items && i < json_array(items)->n; i++) {
        add_endpoint(json_array(items)->elems[i], tally);
    }
    json_destroy(json);
    return items != NULL;
}
