/* The database.  All writes go to it, and the store shows what it has. */
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

/* Why nothing can be written, or, if nothing has been read yet, read; NULL
 * while all is well. */
const char *db_get_problem(const struct db *);

/* What is permanently wrong with the database, or NULL. */
const char *db_get_fatal(const struct db *);

/* Writing: one at a time. */
enum db_result {
    DB_PENDING,                     /* Not known yet. */
    DB_DONE,                        /* Written, and in the store. */
    DB_NOT_DONE,                    /* Certainly not written: try again. */
    DB_FAILED,                      /* Will not be written: see the error. */
};
bool db_can_write(struct db *);

/* Sends what an admission, which was decided on the store as it is now, asks
 * for.  db_can_write() must be true. */
void db_write(struct db *, enum resource_kind, const struct admission *);

/* Returns how the write ended, once; then there is room for the next.  With
 * DB_FAILED, sets '*error' to a message for the caller to free. */
enum db_result db_get_result(struct db *, char **error);

#endif /* utilities/nvad/db.h */
