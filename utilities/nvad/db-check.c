/* Asks ovsdb-server for the schema, once, on a connection of its own.
 *
 * The IDL would wait forever for a database that the server does not have, and
 * would use one that lacks a column; this tells the user instead. */

#include <config.h>

#include "utilities/nvad/db-check.h"

#include <stdlib.h>

#include "jsonrpc.h"
#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "ovsdb-idl.h"
#include "schemas/nva-idl.h"
#include "util.h"

struct db_check {
    char *remote;
    struct jsonrpc_session *session; /* NULL once done. */
    unsigned int seqno;             /* Of the connection that was asked. */
    struct json *id;                /* Of our request, or NULL. */
    char *error;                    /* Once done: NULL if all is well. */
};

struct db_check *
db_check_create(const char *remote)
{
    struct db_check *c = xzalloc(sizeof *c);

    c->remote = xstrdup(remote);
    c->session = jsonrpc_session_open(remote, true);
    return c;
}

void
db_check_destroy(struct db_check *c)
{
    if (c) {
        free(c->remote);
        jsonrpc_session_close(c->session);
        json_destroy(c->id);
        free(c->error);
        free(c);
    }
}

static void
send_request(struct db_check *c)
{
    const char *database = nvarec_idl_class.database;
    struct json *params = json_array_create_1(json_string_create(database));

    c->seqno = jsonrpc_session_get_seqno(c->session);
    json_destroy(c->id);
    c->id = NULL;
    struct json *id;
    struct jsonrpc_msg *rq = jsonrpc_create_request("get_schema", params,
                                                    &id);
    if (!jsonrpc_session_send(c->session, rq)) {
        c->id = id;
    } else {
        json_destroy(id);
    }
}

/* Returns what is wrong with 'schema', for the caller to free, or NULL. */
static char *
check_schema(const struct db_check *c, const struct json *schema)
{
    const char *version = json_util_string(schema, "version", "");
    const char *ours = nvarec_get_db_version();
    int major, minor, micro, our_major, our_minor, our_micro;

    if (!ovs_scan(ours, "%d.%d.%d", &our_major, &our_minor, &our_micro)
        || !ovs_scan(version, "%d.%d.%d", &major, &minor, &micro)
        || major != our_major || minor < our_minor) {
        return xasprintf("%s: database %s has schema version \"%s\", and "
                         "this nvad needs %s; convert it with ovsdb-client "
                         "convert %s nva.ovsschema", c->remote,
                         nvarec_idl_class.database, version, ours, c->remote);
    }
    return NULL;
}

static void
process(struct db_check *c, const struct jsonrpc_msg *msg)
{
    if (msg->type == JSONRPC_REPLY) {
        c->error = check_schema(c, msg->result);
    } else {
        c->error = xasprintf("%s: ovsdb-server has no database %s; create "
                             "one with ovsdb-tool create FILE nva.ovsschema",
                             c->remote, nvarec_idl_class.database);
    }
    jsonrpc_session_close(c->session);
    c->session = NULL;
}

void
db_check_run(struct db_check *c)
{
    if (!c->session) {
        return;
    }
    jsonrpc_session_run(c->session);
    if (jsonrpc_session_is_connected(c->session)
        && jsonrpc_session_get_seqno(c->session) != c->seqno) {
        send_request(c);
    }

    struct jsonrpc_msg *msg = jsonrpc_session_recv(c->session);
    if (msg) {
        if ((msg->type == JSONRPC_REPLY || msg->type == JSONRPC_ERROR)
            && c->id && json_equal(msg->id, c->id)) {
            process(c, msg);
        }
        jsonrpc_msg_destroy(msg);
    }
}

void
db_check_wait(struct db_check *c)
{
    if (c->session) {
        jsonrpc_session_wait(c->session);
        jsonrpc_session_recv_wait(c->session);
    }
}

const char *
db_check_get_error(const struct db_check *c)
{
    return c->error;
}
