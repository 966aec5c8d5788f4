/* A transaction, and nothing besides: the one that the agent would make, too,
 * if it ran.  It depends on nothing that others write at the same time, so it
 * is made anew only if the connection ended meanwhile, once the database has
 * been read again. */

#include <config.h>

#include "agent/node/path-down.h"

#include "agent/node/rows.h"
#include "agent/node/tunnel-bfd.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "schemas/vswitch-idl.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(path_down);

/* How long the database may take: msec.  ovs-vswitchd's start waits for us. */
#define PATIENCE 5000

static struct ovsdb_idl_txn *
make_txn(const struct rows *rows)
{
    struct ovsdb_idl_txn *txn = ovsdb_idl_txn_create(rows->idl);
    const struct vswrec_interface *row;
    size_t n = 0;

    VSWREC_INTERFACE_FOR_EACH (row, rows->idl) {
        n += tunnel_bfd_write_path_down(row);
    }
    VLOG_INFO("telling other nodes by BFD, on %"PRIuSIZE" tunnel ports, that "
              "nothing goes on from here", n);
    return txn;
}

/* 'seqno' is the IDL's when '*txn' was made. */
static enum ovsdb_idl_txn_status
run(const struct rows *rows, struct ovsdb_idl_txn **txn, unsigned int *seqno)
{
    enum ovsdb_idl_txn_status status = TXN_INCOMPLETE;

    ovsdb_idl_run(rows->idl);
    if (!*txn && *seqno != ovsdb_idl_get_seqno(rows->idl)) {
        *seqno = ovsdb_idl_get_seqno(rows->idl);
        *txn = make_txn(rows);
    }
    if (*txn) {
        status = ovsdb_idl_txn_commit(*txn);
    }
    if (status == TXN_TRY_AGAIN) {
        ovsdb_idl_txn_destroy(*txn);
        *txn = NULL;
    }
    return status;
}

static void
wait(const struct rows *rows, struct ovsdb_idl_txn *txn,
     long long int deadline)
{
    ovsdb_idl_wait(rows->idl);
    if (txn) {
        ovsdb_idl_txn_wait(txn);
    }
    poll_timer_wait_until(deadline);
    poll_block();
}

char *
path_down_write(const char *ovsdb_remote)
{
    long long int deadline = time_msec() + PATIENCE;
    enum ovsdb_idl_txn_status status;
    struct ovsdb_idl_txn *txn = NULL;
    unsigned int seqno = 0;
    char *problem = NULL;
    struct rows rows;

    rows_init(&rows, ovsdb_remote);
    for (;;) {
        status = run(&rows, &txn, &seqno);
        if ((status != TXN_INCOMPLETE && status != TXN_TRY_AGAIN)
            || time_msec() >= deadline) {
            break;
        }
        wait(&rows, txn, deadline);
    }
    if (status != TXN_SUCCESS && status != TXN_UNCHANGED) {
        problem = (txn
                   ? xasprintf("the database does not take it: %s",
                               ovsdb_idl_txn_get_error(txn))
                   : xasprintf("no database at %s: is ovsdb-server running?",
                               ovsdb_remote));
    }
    if (txn) {
        ovsdb_idl_txn_destroy(txn);
    }
    rows_destroy(&rows);
    return problem;
}
