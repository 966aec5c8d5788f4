/* The database: what is written goes there, what is stored comes from
 * there. */
#ifndef GA_DB_H
#define GA_DB_H 1

#include <stdbool.h>

#include "lib/resource.h"

struct admission;
struct db;
struct store;

struct db *db_create(const char *remote, struct store *);
void db_destroy(struct db *);
void db_run(struct db *);
void db_wait(struct db *);

/* NULL while all is well, else why nothing can be written, or read if
 * nothing was read yet. */
const char *db_get_problem(const struct db *);

/* What is wrong with the database itself, for good; or NULL. */
const char *db_get_fatal(const struct db *);

/* Writing: one at a time. */
enum db_result {
    DB_PENDING,                     /* Not known yet. */
    DB_DONE,                        /* Written, and in the store. */
    DB_NOT_DONE,                    /* Certainly not written: try again. */
    DB_FAILED,                      /* Will not be written: see the error. */
};
bool db_can_write(struct db *);
void db_write(struct db *, enum resource_kind, const struct admission *);
enum db_result db_get_result(struct db *, char **error);

#endif /* utilities/nvad/db.h */
