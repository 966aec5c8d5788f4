/* From the database's rows to the store. */
#ifndef GA_DB_SYNC_H
#define GA_DB_SYNC_H 1

struct ovsdb_idl;
struct store;

/* Makes the store hold what the IDL does, after that changed, and clears the
 * IDL's tracking. */
void db_sync(struct ovsdb_idl *, struct store *);

#endif /* utilities/nvad/db-sync.h */
