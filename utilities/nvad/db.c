/* The OVSDB client.
 *
 * Table NVA has one row, with the last resourceVersion given out.  Every write
 * is a transaction that verifies that this number is still the one that we
 * know, raises it, and puts the new number into the object's row.  So an
 * admission decided on the store holds when it is written, even if there is a
 * second nvad; an OVSDB lock keeps that one from trying all the time.  Numbers
 * are never used twice.  They continue from the database's, and at each start
 * they begin not below the time in microseconds, which keeps them above any
 * number that was given out before an older copy of the database was restored.
 *
 * A row's UUID is the object's uid.  We choose it, so when a connection broke
 * in the middle of a write, the database tells whether it was done.
 *
 * The store is fed from the IDL's change tracking.  If ovsdb-server was away,
 * the IDL reads everything again, and then our NVA row is a new one; in that
 * case the store is compared with all rows. */

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
enum db_state {
    /* There is none.  db_write() -> SENT. */
    STATE_IDLE,

    /* ovsdb-server has the transaction.  Success -> LANDED; an error ->
     * FINISHED; the connection broke -> UNSURE. */
    STATE_SENT,

    /* It may or may not have been carried out.  Once we are connected and
     * have read everything -> LANDED or FINISHED. */
    STATE_UNSURE,

    /* Carried out.  Once the store shows it -> FINISHED. */
    STATE_LANDED,

    /* 'result' says how.  db_get_result() -> IDLE. */
    STATE_FINISHED,
};

struct db {
    struct ovsdb_idl *idl;
    struct store *store;
    struct db_check *check;
    unsigned int seqno;             /* Last seen of 'idl'. */
    uint64_t epoch;                 /* No resourceVersion below. */

    enum db_state state;
    struct ovsdb_idl_txn *txn;      /* In STATE_SENT. */
    bool is_init;                   /* Creates the NVA row. */
    enum admit_result action;       /* What is being done. */
    struct uuid uuid;               /* To which object. */
    uint64_t rv;                    /* The version that it gets. */
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
    db->state = STATE_FINISHED;
    db->result = result;
    if (db->is_init) {
        db->is_init = false;
        db->state = STATE_IDLE;
    }
}

/* Whether a transaction that is sent now reaches the database as we know it:
 * we are connected, have read everything, and hold the lock.  A transaction
 * without content is never sent, but is checked like any other. */
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
    return (db->state == STATE_IDLE && store_is_loaded(db->store)
            && nvarec_nva_first(db->idl) && is_writable(db));
}

static void
commit(struct db *db)
{
    switch (ovsdb_idl_txn_commit(db->txn)) {
    case TXN_INCOMPLETE:
        return;

    case TXN_SUCCESS:
        db->state = STATE_LANDED;
        break;

    case TXN_TRY_AGAIN:
        /* The verification failed, or the connection broke. */
        db->state = STATE_UNSURE;
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

/* Adds the NVA row to a new database.  Until then the store is not loaded. */
static void
init_if_needed(struct db *db)
{
    if (db->state == STATE_IDLE && ovsdb_idl_has_ever_connected(db->idl)
        && !nvarec_nva_first(db->idl) && is_writable(db)) {
        struct nvarec_nva *nva;

        db->txn = ovsdb_idl_txn_create(db->idl);
        nva = nvarec_nva_insert(db->txn);
        nvarec_nva_set_resource_version(nva, next_rv(db));
        db->is_init = true;
        db->state = STATE_SENT;
        commit(db);
    }
}

/* Finds out whether the write whose outcome is unknown was done. */
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
        db->state = STATE_LANDED;
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

    if (db->state == STATE_SENT) {
        commit(db);
    }
    if (db->state == STATE_UNSURE && is_writable(db)) {
        decide(db);
    }
    if (db->state == STATE_LANDED
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
    if (db->state == STATE_FINISHED) {
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
    db->state = STATE_SENT;
    commit(db);
}

enum db_result
db_get_result(struct db *db, char **error)
{
    *error = NULL;
    if (db->state != STATE_FINISHED) {
        return DB_PENDING;
    }
    db->state = STATE_IDLE;
    *error = db->error;
    db->error = NULL;
    return db->result;
}
