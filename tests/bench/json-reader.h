/* What a library of JSON costs: json-main.c with one of them behind it. */
#ifndef GA_TESTS_JSON_READER_H
#define GA_TESTS_JSON_READER_H 1

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What was read.  A sum over all objects shows that none was passed over. */
struct json_tally {
    uint64_t n;                     /* Endpoints. */
    uint64_t labels;                /* Sum of their spec.policyLabel. */
};

/* Reads all endpoints in 'file' and adds them up: one object a line, or all of
 * them in one List.  Returns false for what is no JSON. */
bool json_reader_read_lines(FILE *file, struct json_tally *);
bool json_reader_read_list(FILE *file, struct json_tally *);

#endif /* tests/bench/json-reader.h */
