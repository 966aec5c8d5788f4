/* Checks once that the server has the database, with a schema that we can
 * use. */
#ifndef GA_DB_CHECK_H
#define GA_DB_CHECK_H 1

#include <stdbool.h>

struct db_check *db_check_create(const char *remote);
void db_check_destroy(struct db_check *);
void db_check_run(struct db_check *);
void db_check_wait(struct db_check *);

/* What is wrong, or NULL if nothing is or that is not known yet. */
const char *db_check_get_error(const struct db_check *);

#endif /* utilities/nvad/db-check.h */
