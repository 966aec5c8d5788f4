/* The gate that everything passes that is written to the local database.
 *
 * It lets one transaction through at a time, none before agent/write-gate.h
 * does, and none for a while after the database refused one. */
#ifndef GA_OVSDB_GATE_H
#define GA_OVSDB_GATE_H 1

#include <stdbool.h>

#include "agent/write-gate.h"

struct ovsdb_gate;
struct ovsdb_idl;
struct ovsdb_idl_txn;

/* Both must outlive the gate. */
struct ovsdb_gate *ovsdb_gate_create(struct ovsdb_idl *,
                                     const struct write_gate *);
/* Aborts the transaction that is under way, if there is one. */
void ovsdb_gate_destroy(struct ovsdb_gate *);

/* Looks whether the transaction that is under way has ended.  To be called
 * after each run of the IDL. */
void ovsdb_gate_run(struct ovsdb_gate *);

/* Whether a transaction is under way. */
bool ovsdb_gate_is_busy(const struct ovsdb_gate *);

/* Waits for what keeps the gate shut.  Returns false if nothing does, as far
 * as ovsdb_gate_run() and ovsdb_gate_open() have found. */
bool ovsdb_gate_wait(struct ovsdb_gate *);

/* Opens a transaction that writes to 'target' only, for ovsdb_gate_close().
 * Returns NULL if none may be sent now: something is not known, one is under
 * way, the database is not connected, or it refused the last one a moment
 * ago. */
struct ovsdb_idl_txn *ovsdb_gate_open(struct ovsdb_gate *, enum write_target);

/* Sends the transaction, or drops it if it is 'empty'. */
void ovsdb_gate_close(struct ovsdb_gate *, bool empty);

/* There is nothing left to write, so what was refused does not matter any
 * more. */
void ovsdb_gate_forget_failure(struct ovsdb_gate *);

/* Why the last transaction was refused, or NULL. */
const char *ovsdb_gate_get_problem(const struct ovsdb_gate *);

/* Sets '*problems' to true if ovsdb_gate_get_problem() has changed since the
 * last call. */
void ovsdb_gate_take_changes(struct ovsdb_gate *, bool *problems);

/* How many transactions were sent so far. */
unsigned long long int ovsdb_gate_count(const struct ovsdb_gate *);

#endif /* agent/node/ovsdb-gate.h */
