/* json-reader.h with jansson. */

#include <config.h>

#include "tests/bench/json-reader.h"

#include <jansson.h>
#include <stdlib.h>

static void
add_endpoint(const json_t *endpoint, struct json_tally *tally)
{
    const json_t *label = json_object_get(json_object_get(endpoint, "spec"),
                                          "policyLabel");

    if (json_is_integer(label)) {
        tally->n++;
        tally->labels += json_integer_value(label);
    }
}

bool
json_reader_read_lines(FILE *file, struct json_tally *tally)
{
    char *line = NULL;
    bool ok = true;
    ssize_t length;
    size_t size;

    while (ok && (length = getline(&line, &size, file)) > 0) {
        json_t *json = json_loadb(line, length, 0, NULL);

        ok = json != NULL;
        add_endpoint(json, tally);
        json_decref(json);
    }
    free(line);
    return ok;
}

bool
json_reader_read_list(FILE *file, struct json_tally *tally)
{
    json_t *json = json_loadf(file, 0, NULL);
    const json_t *items = json_object_get(json, "items");
    const json_t *item;
    size_t i;

    json_array_foreach (items, i, item) {
        add_endpoint(item, tally);
    }
    json_decref(json);
    return json != NULL;
}
