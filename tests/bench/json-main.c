/* Reads a file of Endpoints with one library of JSON: Open vSwitch's, jansson
 * or yajl.  Each is a program of its own, because functions of the first two
 * have the same names.
 *
 *     json-LIBRARY lines|list FILE
 *
 * prints how many endpoints there are, and the sum of their policy labels.
 * bench_json.py measures what that takes. */

#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/bench/json-reader.h"

int
main(int argc, char *argv[])
{
    struct json_tally tally = { 0, 0 };
    FILE *file;
    bool ok;

    if (argc != 3 || (strcmp(argv[1], "lines") && strcmp(argv[1], "list"))) {
        fprintf(stderr, "usage: %s lines|list FILE\n", argv[0]);
        return 2;
    }
    file = fopen(argv[2], "r");
    if (!file) {
        fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
        return 1;
    }
    ok = (!strcmp(argv[1], "lines")
          ? json_reader_read_lines(file, &tally)
          : json_reader_read_list(file, &tally));
    fclose(file);
    printf("%"PRIu64" %"PRIu64"\n", tally.n, tally.labels);
    return ok ? 0 : 1;
}
