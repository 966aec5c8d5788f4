/* Is it our database? */
#ifndef GA_DB_CHECK_H
#define GA_DB_CHECK_H 1

#include <stdbool.h>

struct db_check *db_check_create(const char *remote);
void db_check_destroy(struct db_check *);
void db_check_run(struct db_check *);
void db_check_wait(struct db_check *);
bool db_check_is_done(const struct db_check *);
const char *db_check_get_error(const struct db_check *);

#endif /* utilities/nvad/db-check.h */
