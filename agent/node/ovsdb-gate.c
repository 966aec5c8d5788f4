/* A transaction can fail for two reasons.  If the database changed in between,
 * the next turn may try again at once: it sees the new content.  If the
 * database refused the transaction, the same one would be refused again, so
 * the gate stays shut for a pause that grows from one failure to the next. */

#include <config.h>

#include "agent/node/ovsdb-gate.h"

#include <stdlib.h>

#include "lib/json-util.h"
#include "lib/nullable-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(ovsdb_gate);

#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 30000

struct ovsdb_gate {
    struct ovsdb_idl *idl;
    const struct write_gate *known;
    struct ovsdb_idl_txn *txn;      /* Open or under way, or NULL. */
    long long int retry_at;         /* No transaction before that. */
    int retry_ms;                   /* The last pause; 0 if all is well. */
    bool pausing;                   /* Something waits for 'retry_at'. */
    char *problem;                  /* Or NULL. */
    bool problem_changed;           /* For ovsdb_gate_take_changes(). */
    unsigned long long int n_sent;
};

struct ovsdb_gate *
ovsdb_gate_create(struct ovsdb_idl *idl, const struct write_gate *known)
{
    struct ovsdb_gate *gate = xzalloc(sizeof *gate);

    gate->idl = idl;
    gate->known = known;
    return gate;
}

void
ovsdb_gate_destroy(struct ovsdb_gate *gate)
{
    if (gate->txn) {
        ovsdb_idl_txn_destroy(gate->txn);
    }
    free(gate->problem);
    free(gate);
}

/* Sets the problem, taking 'problem' (NULL: none). */
static void
set_problem(struct ovsdb_gate *gate, char *problem)
{
    gate->problem_changed |= nullable_string_replace(&gate->problem, problem);
}

/* What the database says about the transaction that failed, as text for
 * people; for the caller to free. */
static char *
txn_error(const struct ovsdb_idl_txn *txn)
{
    const char *error = ovsdb_idl_txn_get_error(txn);
    struct json *json = *error == '{' ? json_from_string(error) : NULL;
    char *s = xstrdup(json_util_string(
                          json, "details",
                          json_util_string(json, "error", error)));

    json_destroy(json);
    return s;
}

static void
drop_txn(struct ovsdb_gate *gate)
{
    ovsdb_idl_txn_destroy(gate->txn);
    gate->txn = NULL;
}

void
ovsdb_gate_forget_failure(struct ovsdb_gate *gate)
{
    gate->retry_ms = 0;
    set_problem(gate, NULL);
}

/* The transaction has been refused. */
static void
note_failure(struct ovsdb_gate *gate)
{
    char *error = txn_error(gate->txn);

    gate->retry_ms = (gate->retry_ms
                      ? MIN(2 * gate->retry_ms, RETRY_MAX_MS)
                      : RETRY_MIN_MS);
    gate->retry_at = time_msec() + gate->retry_ms;
    VLOG_WARN("transaction failed, trying again in %d s: %s",
              gate->retry_ms / 1000, error);
    set_problem(gate, xasprintf("refused what the agent wrote: %s", error));
    free(error);
}

/* Sends the transaction, or looks whether it has ended. */
static void
commit(struct ovsdb_gate *gate)
{
    enum ovsdb_idl_txn_status status = ovsdb_idl_txn_commit(gate->txn);

    if (status == TXN_INCOMPLETE) {
        return;
    } else if (status == TXN_SUCCESS || status == TXN_UNCHANGED) {
        ovsdb_gate_forget_failure(gate);
    } else if (status != TXN_TRY_AGAIN) {
        note_failure(gate);
    }
    drop_txn(gate);
}

void
ovsdb_gate_run(struct ovsdb_gate *gate)
{
    gate->pausing = false;
    if (gate->txn) {
        commit(gate);
    }
}

bool
ovsdb_gate_is_busy(const struct ovsdb_gate *gate)
{
    return gate->txn != NULL;
}

bool
ovsdb_gate_wait(struct ovsdb_gate *gate)
{
    if (gate->txn) {
        ovsdb_idl_txn_wait(gate->txn);
    } else if (gate->pausing) {
        poll_timer_wait_until(gate->retry_at);
    } else {
        return false;
    }
    return true;
}

struct ovsdb_idl_txn *
ovsdb_gate_open(struct ovsdb_gate *gate, enum write_target target)
{
    if (gate->txn || !write_gate_is_open(gate->known, target)
        || !ovsdb_idl_is_connected(gate->idl)) {
        return NULL;
    }
    if (gate->retry_ms && time_msec() < gate->retry_at) {
        gate->pausing = true;
        return NULL;
    }
    gate->txn = ovsdb_idl_txn_create(gate->idl);
    ovsdb_idl_txn_add_comment(gate->txn, "geneve-agentd");
    return gate->txn;
}

void
ovsdb_gate_close(struct ovsdb_gate *gate, bool empty)
{
    if (empty) {
        drop_txn(gate);
    } else {
        gate->n_sent++;
        commit(gate);
    }
}

const char *
ovsdb_gate_get_problem(const struct ovsdb_gate *gate)
{
    return gate->problem;
}

void
ovsdb_gate_take_changes(struct ovsdb_gate *gate, bool *problems)
{
    *problems |= gate->problem_changed;
    gate->problem_changed = false;
}

unsigned long long int
ovsdb_gate_count(const struct ovsdb_gate *gate)
{
    return gate->n_sent;
}
