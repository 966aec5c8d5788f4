/* nvad - the reference REST controller (RFC 8014's NVA).
 *
 * Data flows one way:
 *
 *     HTTP write -> queue -> admission -> OVSDB transaction -> ovsdb-server
 *       -> IDL -> store -> index of references, lists, watches, the answer
 *
 * One thread, one poll loop. */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "lib/daemon-main.h"
#include "lib/resource.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"
#include "utilities/nvad/api.h"
#include "utilities/nvad/auth.h"
#include "utilities/nvad/db.h"
#include "utilities/nvad/http-server.h"
#include "utilities/nvad/refs.h"
#include "utilities/nvad/store.h"
#include "utilities/nvad/watch.h"
#include "utilities/nvad/write-queue.h"

VLOG_DEFINE_THIS_MODULE(nvad);

#define MIB ((size_t) 1024 * 1024)

/* How long --detach waits for the database before it reports success all the
 * same: without a connection, nothing is known to be wrong. */
#define START_WAIT_MS 3000

/* How many connections that come to nothing an address may make in a second.
 * A TLS handshake takes a millisecond or two of our time. */
#define CHANCES_PER_S 50

struct options {
    struct http_options http;
    struct store_limits history;
    struct write_limits writes;
    int bookmark_interval;          /* In seconds. */
    const char *token_file;
    const char *database;
};

struct nvad {
    struct options options;
    struct store *store;
    struct refs *refs;
    struct db *db;
    struct watchers *watchers;
    struct write_queue *writes;
    struct http_server *server;
    struct api api;
    long long int started;          /* time_msec(). */
};

static void
usage(void)
{
    printf("\
%s: the reference REST controller of geneve-agent\n\
usage: %s [OPTIONS] DATABASE\n\
where DATABASE is an OVSDB remote that has the NVA database, such as\n\
unix:/run/openvswitch/nva.sock.\n\
\n\
  --listen=ADDR:PORT        where to serve (default: 127.0.0.1:8080)\n\
  --insecure                serve beyond loopback without TLS\n\
  --private-key=FILE        TLS: our private key, PEM\n\
  --certificate=FILE        TLS: our certificate (chain), PEM\n\
  --ca-cert=FILE            TLS: clients need a certificate of this CA\n\
  --token-file=FILE         clients need a bearer token: a line of FILE\n\
\n\
  --bookmark-interval=SECS  between bookmarks of a watch (default: 30)\n\
  --watch-history=N         how many changes of each kind are kept\n\
                            (default: 16384)\n\
  --watch-history-bytes=N   and how many bytes of them (default: 67108864)\n\
  --write-timeout=SECS      how long a write waits for the database\n\
                            (default: 10)\n\
  --max-body=BYTES          largest request (default: 1048576)\n\
  --max-connections=N       connections at a time (default: 16384)\n\
  --max-connections-per-address=N\n\
                            and of one address (default: a quarter)\n\
  --authorization-timeout=SECS\n\
                            how long one may take to send an authorized\n\
                            request (default: 10)\n",
           program_name, program_name);
}

/* Reads a number of at least 1. */
static unsigned int
number_option(const char *name, const char *s)
{
    unsigned int value;

    if (!str_to_uint(s, 10, &value) || !value || value > INT32_MAX) {
        ovs_fatal(0, "--%s=%s: not a number from 1 to %d", name, s,
                  INT32_MAX);
    }
    return value;
}

enum {
    OPT_LISTEN = DAEMON_MAIN_FIRST_OPTION, OPT_INSECURE, OPT_PRIVATE_KEY,
    OPT_CERTIFICATE, OPT_CA_CERT, OPT_TOKEN_FILE, OPT_BOOKMARK_INTERVAL,
    OPT_WATCH_HISTORY, OPT_WATCH_HISTORY_BYTES, OPT_WRITE_TIMEOUT,
    OPT_MAX_BODY, OPT_MAX_CONNECTIONS, OPT_MAX_CONNECTIONS_PER_ADDRESS,
    OPT_AUTHORIZATION_TIMEOUT
};

static const struct option nvad_options[] = {
    { "listen", required_argument, NULL, OPT_LISTEN },
    { "insecure", no_argument, NULL, OPT_INSECURE },
    { "private-key", required_argument, NULL, OPT_PRIVATE_KEY },
    { "certificate", required_argument, NULL, OPT_CERTIFICATE },
    { "ca-cert", required_argument, NULL, OPT_CA_CERT },
    { "token-file", required_argument, NULL, OPT_TOKEN_FILE },
    { "bookmark-interval", required_argument, NULL, OPT_BOOKMARK_INTERVAL },
    { "watch-history", required_argument, NULL, OPT_WATCH_HISTORY },
    { "watch-history-bytes", required_argument, NULL,
      OPT_WATCH_HISTORY_BYTES },
    { "write-timeout", required_argument, NULL, OPT_WRITE_TIMEOUT },
    { "max-body", required_argument, NULL, OPT_MAX_BODY },
    { "max-connections", required_argument, NULL, OPT_MAX_CONNECTIONS },
    { "max-connections-per-address", required_argument, NULL,
      OPT_MAX_CONNECTIONS_PER_ADDRESS },
    { "authorization-timeout", required_argument, NULL,
      OPT_AUTHORIZATION_TIMEOUT },
    { NULL, 0, NULL, 0 },
};

static void
set_option(int val, char *value, void *nvad_)
{
    struct nvad *nvad = nvad_;
    struct options *o = &nvad->options;

    switch (val) {
    case OPT_LISTEN:
        o->http.listen = value;
        break;
    case OPT_INSECURE:
        o->http.insecure = true;
        break;
    case OPT_PRIVATE_KEY:
        o->http.private_key = value;
        break;
    case OPT_CERTIFICATE:
        o->http.certificate = value;
        break;
    case OPT_CA_CERT:
        o->http.ca_cert = value;
        break;
    case OPT_TOKEN_FILE:
        o->token_file = value;
        break;
    case OPT_BOOKMARK_INTERVAL:
        o->bookmark_interval = number_option("bookmark-interval", value);
        break;
    case OPT_WATCH_HISTORY:
        o->history.max_events = number_option("watch-history", value);
        break;
    case OPT_WATCH_HISTORY_BYTES:
        o->history.max_bytes = number_option("watch-history-bytes", value);
        break;
    case OPT_WRITE_TIMEOUT:
        o->writes.timeout_ms = 1000 * MIN(
            number_option("write-timeout", value), 3600);
        break;
    case OPT_MAX_BODY:
        o->http.max_body = number_option("max-body", value);
        break;
    case OPT_MAX_CONNECTIONS:
        o->http.max_connections = number_option("max-connections", value);
        break;
    case OPT_MAX_CONNECTIONS_PER_ADDRESS:
        o->http.shares.connections = number_option(
            "max-connections-per-address", value);
        break;
    case OPT_AUTHORIZATION_TIMEOUT:
        o->http.shares.stranger_ms = 1000 * MIN(
            number_option("authorization-timeout", value), 3600);
        break;
    default:
        OVS_NOT_REACHED();
    }
}

/* Of each thing, an address gets a quarter, and half of its connections may be
 * strangers. */
static void
set_shares(struct options *o)
{
    struct http_shares *s = &o->http.shares;

    if (!s->connections) {
        s->connections = MAX(o->http.max_connections / 4, 1);
    }
    s->all_connections = o->http.max_connections;
    s->strangers = MAX(s->connections / 2, 1);
    s->chances = MAX(s->strangers, 10 * CHANCES_PER_S);
    s->chances_per_s = CHANCES_PER_S;
    s->writes = o->writes.max_ops / 4;
    s->body_bytes = MAX(o->http.max_bodies / 4, o->http.max_body);
}

static void
set_arguments(int n, char *arguments[], void *nvad_)
{
    struct nvad *nvad = nvad_;
    struct options *o = &nvad->options;

    if (n != 1) {
        fprintf(stderr, "%s: exactly one argument, DATABASE, is needed; use "
                "--help for usage\n", program_name);
        exit(2);
    }
    o->database = arguments[0];
    o->http.max_bodies = MAX(o->http.max_bodies, 2 * o->http.max_body);
    set_shares(o);
}

/* Every connection needs a descriptor. */
static void
raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (!getrlimit(RLIMIT_NOFILE, &limit)) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void
unixctl_status(struct unixctl_conn *conn, int argc OVS_UNUSED,
               const char *argv[] OVS_UNUSED, void *nvad_)
{
    struct nvad *nvad = nvad_;
    const char *problem = db_get_problem(nvad->db);
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_format(&s, "listening: %s\n",
                  http_server_get_address(nvad->server));
    ds_put_format(&s, "database: %s\n", problem ? problem : "connected");
    ds_put_format(&s, "resourceVersion: %"PRIu64"\n",
                  store_get_rv(nvad->store));
    for (int i = 0; i < RES_N_KINDS; i++) {
        ds_put_format(&s, "%s: %"PRIuSIZE"\n", resource_get_class(i)->plural,
                      store_count(nvad->store, i));
    }
    ds_put_format(&s, "connections: %u\n",
                  http_server_count_connections(nvad->server));
    http_server_format_limits(nvad->server, &s);
    ds_put_format(&s, "watches: %"PRIuSIZE"\n",
                  watchers_count(nvad->watchers));
    ds_put_format(&s, "writes waiting: %"PRIuSIZE"\n",
                  write_queue_count(nvad->writes));
    ds_put_format(&s, "writes refused, too many waiting: %"PRIu64"\n",
                  write_queue_count_refused(nvad->writes));
    unixctl_command_reply(conn, ds_cstr(&s));
    ds_destroy(&s);
}

static void
nvad_start(void *nvad_)
{
    struct nvad *nvad = nvad_;
    const struct options *o = &nvad->options;
    const struct http_service service = { api_check, api_handle, &nvad->api };
    char *error;

    raise_descriptor_limit();
    nvad->started = time_msec();

    nvad->store = store_create(&o->history);
    nvad->refs = refs_create(nvad->store);
    nvad->watchers = watchers_create(nvad->store,
                                     o->bookmark_interval * 1000);
    nvad->db = db_create(o->database, nvad->store);
    nvad->writes = write_queue_create(nvad->store, nvad->refs, nvad->db,
                                      &o->writes);
    nvad->api = (struct api) {
        .store = nvad->store,
        .db = nvad->db,
        .watchers = nvad->watchers,
        .writes = nvad->writes,
        .auth = auth_create(o->token_file),
    };
    error = http_server_create(&o->http, &service, &nvad->server);
    if (error) {
        ovs_fatal(0, "%s", error);
    }
    unixctl_command_register("nvad/status", "", 0, 0, unixctl_status, nvad);
    VLOG_INFO("listens on %s", http_server_get_address(nvad->server));
}

static void
nvad_stop(void *nvad_)
{
    struct nvad *nvad = nvad_;

    write_queue_destroy(nvad->writes);
    http_server_destroy(nvad->server);
    watchers_destroy(nvad->watchers);
    db_destroy(nvad->db);
    refs_destroy(nvad->refs);
    store_destroy(nvad->store);
    auth_destroy(nvad->api.auth);
}

/* The queue runs before the server, to answer writes that the database has
 * carried out, and after it, to start new ones. */
static void
nvad_run(void *nvad_)
{
    struct nvad *nvad = nvad_;

    db_run(nvad->db);
    write_queue_run(nvad->writes);
    watchers_run(nvad->watchers);
    http_server_run(nvad->server);
    write_queue_run(nvad->writes);
    if (db_get_fatal(nvad->db)) {
        ovs_fatal(0, "%s", db_get_fatal(nvad->db));
    }
}

static bool
nvad_is_ready(const void *nvad_)
{
    const struct nvad *nvad = nvad_;

    return (store_is_loaded(nvad->store)
            || time_msec() >= nvad->started + START_WAIT_MS);
}

static void
nvad_wait(void *nvad_)
{
    struct nvad *nvad = nvad_;

    db_wait(nvad->db);
    write_queue_wait(nvad->writes);
    watchers_wait(nvad->watchers);
    http_server_wait(nvad->server);
    if (!nvad_is_ready(nvad)) {
        poll_timer_wait_until(nvad->started + START_WAIT_MS);
    }
}

int
main(int argc, char *argv[])
{
    static const struct daemon_program program = {
        .name = "nvad (geneve-agent)",
        .usage = usage,
        .options = nvad_options,
        .set_option = set_option,
        .set_arguments = set_arguments,
        .start = nvad_start,
        .run = nvad_run,
        .wait = nvad_wait,
        .is_ready = nvad_is_ready,
        .stop = nvad_stop,
    };
    struct nvad nvad = {
        .options = {
            .http = {
                .listen = "127.0.0.1:8080", .max_body = MIB,
                .max_bodies = 64 * MIB, .max_connections = 16384,
                .shares = { .stranger_ms = 10 * 1000 },
            },
            .history = { .max_events = 16384, .max_bytes = 64 * MIB },
            .writes = { .max_ops = 4096, .max_bytes = 64 * MIB,
                        .timeout_ms = 10 * 1000 },
            .bookmark_interval = 30,
        },
    };

    return daemon_main(argc, argv, &program, &nvad);
}
