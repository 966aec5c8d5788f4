/* json-reader.h with yajl, a streaming reader: no value is kept, so lines and
 * a list are the same to it.  A program that keeps what it reads has to do
 * more than this one; it is the least that reading can take. */

#include <config.h>

#include "tests/bench/json-reader.h"

#include <string.h>
#include <yajl/yajl_parse.h>

struct reader {
    struct json_tally *tally;
    bool is_label;                  /* The last key was "policyLabel". */
};

static int
read_key(void *reader_, const unsigned char *key, size_t length)
{
    static const char label[] = "policyLabel";
    struct reader *reader = reader_;

    reader->is_label = (length == sizeof label - 1
                        && !memcmp(key, label, length));
    return 1;
}

static int
read_integer(void *reader_, long long int value)
{
    struct reader *reader = reader_;

    if (reader->is_label) {
        reader->tally->n++;
        reader->tally->labels += value;
    }
    return 1;
}

bool
json_reader_read_lines(FILE *file, struct json_tally *tally)
{
    static const yajl_callbacks callbacks = {
        .yajl_integer = read_integer,
        .yajl_map_key = read_key,
    };
    struct reader reader = { .tally = tally };
    yajl_handle handle = yajl_alloc(&callbacks, NULL, &reader);
    yajl_status status = yajl_status_ok;
    unsigned char chunk[65536];
    size_t n;

    yajl_config(handle, yajl_allow_multiple_values, 1);
    while (status == yajl_status_ok
           && (n = fread(chunk, 1, sizeof chunk, file)) > 0) {
        status = yajl_parse(handle, chunk, n);
    }
    if (status == yajl_status_ok) {
        status = yajl_complete_parse(handle);
    }
    yajl_free(handle);
    return status == yajl_status_ok;
}

bool
json_reader_read_list(FILE *file, struct json_tally *tally)
{
    return json_reader_read_lines(file, tally);
}
