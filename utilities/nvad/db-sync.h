/* From the database's rows to the store. */
#ifndef NVAD_DB_SYNC_H
#define NVAD_DB_SYNC_H 1

struct ovsdb_idl;
struct store;

void db_sync(struct ovsdb_idl *, struct store *);

#endif /* utilities/nvad/db-sync.h */
