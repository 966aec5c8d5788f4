/* From the database's rows to the store. */
#ifndef GA_DB_SYNC_H
#define GA_DB_SYNC_H 1

struct ovsdb_idl;
struct store;

void db_sync(struct ovsdb_idl *, struct store *);

#endif /* utilities/nvad/db-sync.h */
