/* The OVSDB client.
 *
 * Table NVA has one row, with the last resourceVersion given out; every write
 * is a transaction that makes sure that this is still what we know it to be,
 * raises it, and puts the new number into the object's row.  So an admission
 * decided on the store holds when it is written, even if there should be a
 * second nvad; an OVSDB lock keeps that one from trying all the time.
 * Numbers are never used twice: they go on from the database's, and begin, at
 * each start, not below the time in microseconds, which keeps them above what
 * was given out before an older copy of the database was restored.
 *
 * A row's UUID is the object's uid; we choose it, so after a connection that
 * broke in the middle of a write the database tells whether it was done.
 *
 * The store is fed from the IDL's change tracking.  If ovsdb-server was away,
 * the IDL reads everything anew, which it shows by our NVA row being a new
 * one; then the store is compared with all there is. */

#include <config.h>

#include "utilities/nvad/db.h"

#include <inttypes.h>
#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "schemas/nva-idl.h"
#include "timeval.h"
#include "util.h"
#include "utilities/nvad/admit.h"
#include "utilities/nvad/db-check.h"
#include "utilities/nvad/db-sync.h"
#include "utilities/nvad/object.h"
#include "utilities/nvad/store.h"

VLOG_DEFINE_THIS_MODULE(db);

#define LOCK_NAME "nvad"
#define PROBE_INTERVAL_MS 5000

/* The write under way. */
enum write_state {
    /* None.  db_write() -> SENT. */
    WRITE_NONE,

    /* The transaction is with ovsdb-server.  Success -> LANDED; an error ->
     * FINISHED; the connection broke -> UNSURE. */
    WRITE_SENT,

    /* It may or may not have been carried out.  Once we are connected and
     * have read everything -> LANDED or FINISHED. */
    WRITE_UNSURE,

    /* Carried out.  Once the store shows it -> FINISHED. */
    WRITE_LANDED,

    /* 'result' says how.  db_get_result() -> NONE. */
    WRITE_FINISHED,
};

struct db {
    struct ovsdb_idl *idl;
    struct store *store;
    struct db_check *check;
    unsigned int seqno;             /* Last seen of 'idl'. */
    uint64_t epoch;                 /* No resourceVersion below. */

    enum write_state state;
    struct ovsdb_idl_txn *txn;      /* In WRITE_SENT. */
    bool is_init;                   /* Creates the NVA row. */
    enum admit_result action;       /* What is being done... */
    struct uuid uuid;               /* ...to this object... */
    uint64_t rv;                    /* ...giving it this version. */
    enum db_result result;
    char *error;
};

struct db *
db_create(const char *remote, struct store *store)
{
    struct db *db = xzalloc(sizeof *db);

    db->idl = ovsdb_idl_create(remote, &nvarec_idl_class, true, true);
    db->store = store;
    db->check = db_check_create(remote);
    db->epoch = (uint64_t) time_wall_usec();
    ovsdb_idl_track_add_all(db->idl);
    ovsdb_idl_set_write_changed_only_all(db->idl, true);
    ovsdb_idl_set_probe_interval(db->idl, PROBE_INTERVAL_MS);
    ovsdb_idl_set_lock(db->idl, LOCK_NAME);
    return db;
}

void
db_destroy(struct db *db)
{
    if (db) {
        if (db->txn) {
            ovsdb_idl_txn_destroy(db->txn);
        }
        ovsdb_idl_destroy(db->idl);
        db_check_destroy(db->check);
        free(db->error);
        free(db);
    }
}

static uint64_t
next_rv(const struct db *db)
{
    return MAX(store_get_rv(db->store) + 1, db->epoch);
}

static void
finish(struct db *db, enum db_result result)
{
    db->state = WRITE_FINISHED;
    db->result = result;
    if (db->is_init) {
        db->is_init = false;
        db->state = WRITE_NONE;
    }
}

/* Whether a transaction that is sent now reaches the database as we know it:
 * connected, everything read, and ours is the lock.  A transaction without
 * content is never sent, but is checked as any other. */
static bool
is_writable(struct db *db)
{
    struct ovsdb_idl_txn *txn;
    enum ovsdb_idl_txn_status status;

    if (!ovsdb_idl_has_ever_connected(db->idl) || db->txn) {
        return false;
    }
    txn = ovsdb_idl_txn_create(db->idl);
    status = ovsdb_idl_txn_commit(txn);
    ovsdb_idl_txn_destroy(txn);
    return status == TXN_UNCHANGED;
}

bool
db_can_write(struct db *db)
{
    return (db->state == WRITE_NONE && store_is_loaded(db->store)
            && nvarec_nva_first(db->idl) && is_writable(db));
}

static void
commit(struct db *db)
{
    switch (ovsdb_idl_txn_commit(db->txn)) {
    case TXN_INCOMPLETE:
        return;

    case TXN_SUCCESS:
        db->state = WRITE_LANDED;
        break;

    case TXN_TRY_AGAIN:
        /* Either what we verified was not so, or the connection broke. */
        db->state = WRITE_UNSURE;
        break;

    case TXN_NOT_LOCKED:
        finish(db, DB_NOT_DONE);
        break;

    case TXN_UNCOMMITTED:
    case TXN_UNCHANGED:
    case TXN_ABORTED:
    case TXN_ERROR:
    default:
        db->error = xstrdup(ovsdb_idl_txn_get_error(db->txn));
        finish(db, DB_FAILED);
        break;
    }
    ovsdb_idl_txn_destroy(db->txn);
    db->txn = NULL;
}

/* A new database has no NVA row; the store counts as loaded once it has. */
static void
init_if_needed(struct db *db)
{
    if (db->state == WRITE_NONE && ovsdb_idl_has_ever_connected(db->idl)
        && !nvarec_nva_first(db->idl) && is_writable(db)) {
        struct nvarec_nva *nva;

        db->txn = ovsdb_idl_txn_create(db->idl);
        nva = nvarec_nva_insert(db->txn);
        nvarec_nva_set_resource_version(nva, next_rv(db));
        db->is_init = true;
        db->state = WRITE_SENT;
        commit(db);
    }
}

/* Looks whether the write whose outcome is unknown was done. */
static void
decide(struct db *db)
{
    const struct nvarec_object *row;
    bool done;

    row = nvarec_object_get_for_uuid(db->idl, &db->uuid);
    done = (db->is_init ? nvarec_nva_first(db->idl) != NULL
            : db->action == ADMIT_DELETE ? !row
            : db->action == ADMIT_CREATE ? row != NULL
            : row && (uint64_t) row->resource_version == db->rv);
    if (done) {
        db->state = WRITE_LANDED;
    } else {
        finish(db, DB_NOT_DONE);
    }
}

void
db_run(struct db *db)
{
    db_check_run(db->check);
    ovsdb_idl_run(db->idl);
    if (ovsdb_idl_get_seqno(db->idl) != db->seqno) {
        db->seqno = ovsdb_idl_get_seqno(db->idl);
        db_sync(db->idl, db->store);
    }

    if (db->state == WRITE_SENT) {
        commit(db);
    }
    if (db->state == WRITE_UNSURE && is_writable(db)) {
        decide(db);
    }
    if (db->state == WRITE_LANDED
        && (db->is_init || store_get_rv(db->store) >= db->rv)) {
        finish(db, DB_DONE);
    }
    init_if_needed(db);
}

void
db_wait(struct db *db)
{
    db_check_wait(db->check);
    ovsdb_idl_wait(db->idl);
    if (db->txn) {
        ovsdb_idl_txn_wait(db->txn);
    }
    if (db->state == WRITE_FINISHED) {
        poll_immediate_wake();
    }
}

const char *
db_get_fatal(const struct db *db)
{
    return db_check_get_error(db->check);
}

const char *
db_get_problem(const struct db *db)
{
    const char *fatal = db_get_fatal(db);

    return (fatal ? fatal
            : !ovsdb_idl_is_connected(db->idl)
            ? "there is no connection to the database"
            : !store_is_loaded(db->store)
            ? "the database has not been read yet"
            : !ovsdb_idl_has_lock(db->idl)
            ? "another nvad writes to the database"
            : NULL);
}

static void
set_row(const struct nvarec_object *row, const struct draft *d, uint64_t rv)
{
    nvarec_object_set_resource_version(row, rv);
    nvarec_object_set_generation(row, d->generation);
    nvarec_object_set_labels(row, &d->labels);
    nvarec_object_set_annotations(row, &d->annotations);
    nvarec_object_set_spec(row, d->spec);
    nvarec_object_set_status(row, d->status);
}

/* Sends what 'a', which was decided on the store as it is now, asks for.
 * db_can_write() must be true. */
void
db_write(struct db *db, enum resource_kind kind, const struct admission *a)
{
    const struct nvarec_nva *nva = nvarec_nva_first(db->idl);
    const struct nvarec_object *row;

    db->action = a->result;
    db->rv = next_rv(db);
    db->txn = ovsdb_idl_txn_create(db->idl);
    nvarec_nva_verify_resource_version(nva);
    nvarec_nva_set_resource_version(nva, db->rv);

    if (a->result == ADMIT_CREATE) {
        uuid_generate(&db->uuid);
        row = nvarec_object_insert_persist_uuid(db->txn, &db->uuid);
        nvarec_object_set_kind(row, resource_get_class(kind)->kind);
        nvarec_object_set_name(row, a->draft.name);
        nvarec_object_set_created(row, a->draft.created);
        set_row(row, &a->draft, db->rv);
    } else {
        db->uuid = a->old->uuid;
        row = nvarec_object_get_for_uuid(db->idl, &db->uuid);
        if (row && a->result == ADMIT_UPDATE) {
            set_row(row, &a->draft, db->rv);
        } else if (row) {
            nvarec_object_delete(row);
        }
    }
    db->state = WRITE_SENT;
    commit(db);
}

/* Returns how the write ended, once; then there is room for the next.  With
 * DB_FAILED sets '*error' to a message for the caller to free. */
enum db_result
db_get_result(struct db *db, char **error)
{
    *error = NULL;
    if (db->state != WRITE_FINISHED) {
        return DB_PENDING;
    }
    db->state = WRITE_NONE;
    *error = db->error;
    db->error = NULL;
    return db->result;
}
