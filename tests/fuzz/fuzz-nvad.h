/* nvad without a database, for targets.
 *
 * It stands in place of nvad's db.c: what is written is in the store at
 * once. */
#ifndef GA_TESTS_FUZZ_NVAD_H
#define GA_TESTS_FUZZ_NVAD_H 1

#include <stdbool.h>
#include <stdint.h>

#include "utilities/nvad/api.h"
#include "utilities/nvad/db.h"

struct db {
    struct store *store;
    uint64_t rv;
    bool done;                      /* There is a result to be fetched. */
};

struct fuzz_nvad {
    struct db db;
    struct refs *refs;
    struct api api;
};

/* Starts with an empty store. */
void fuzz_nvad_init(struct fuzz_nvad *);
void fuzz_nvad_destroy(struct fuzz_nvad *);

#endif /* tests/fuzz/fuzz-nvad.h */
