/* geneve-agentd --path-down, to a database in a process of its own, which
 * knows just so much of OVSDB as is asked of it. */

#include <config.h>

#include "agent/node/path-down.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "dirs.h"
#include "fatal-signal.h"
#include "jsonrpc.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "socket-util.h"
#include "stream.h"
#include "tests/unit/cpu-time.h"
#include "tests/unit/scratch-dir.h"
#include "util.h"

/* More than it takes, and less than a second of a loop that never waits. */
#define MAX_CPU_MS 300

#define STRINGS "{\"type\": {\"key\": \"string\", \"value\": \"string\", " \
    "\"min\": 0, \"max\": \"unlimited\"}}"
#define SCHEMA "{\"name\": \"Open_vSwitch\", \"version\": \"8.0.0\", "     \
    "\"tables\": {\"Interface\": {\"columns\": {\"external_ids\": "        \
    STRINGS ", \"bfd\": " STRINGS "}}}}"

/* An Interface whose UUID ends with 'N', on which BFD runs. */
#define INTERFACE(N, EXTERNAL_IDS)                                        \
    "\"00000000-0000-0000-0000-00000000000" N "\": {\"new\": "            \
    "{\"external_ids\": [\"map\", [" EXTERNAL_IDS "]], "                  \
    "\"bfd\": [\"map\", [[\"enable\", \"true\"]]]}}"
#define AGENT "[\"geneve-agent\", \"hv-1\"]"
#define BFD "[\"nve-bfd\", \"true\"]"

static void
answer(struct jsonrpc *rpc, const struct jsonrpc_msg *request,
       const char *result)
{
    jsonrpc_send_block(rpc, jsonrpc_create_reply(json_from_string(result),
                                                 request->id));
}

/* Whether 'request' is about Interface 1, and no other. */
static bool
is_right(const struct jsonrpc_msg *request)
{
    char *s = json_to_string(request->params, JSSF_SORT);
    bool right = (strstr(s, "-000000000001\"") && strstr(s, "cpath_down")
                  && !strstr(s, "-000000000002\"")
                  && !strstr(s, "-000000000003\""));

    free(s);
    return right;
}

/* Answers 'request'.  Returns false if it was to write, and so the last. */
static bool
serve_request(struct jsonrpc *rpc, const struct jsonrpc_msg *request,
              bool dies)
{
    if (request->type != JSONRPC_REQUEST) {
        return true;
    } else if (!strcmp(request->method, "get_schema")
               && strcmp(json_string(request->params->array.elems[0]),
                         "_Server")) {
        answer(rpc, request, SCHEMA);
    } else if (!strcmp(request->method, "monitor")) {
        answer(rpc, request, "{\"Interface\": {"
               INTERFACE("1", AGENT "," BFD) ","
               INTERFACE("2", AGENT) ","
               INTERFACE("3", BFD) "}}");
    } else if (!strcmp(request->method, "transact")) {
        if (!is_right(request)) {
            _exit(EXIT_FAILURE);
        } else if (!dies) {
            answer(rpc, request, "[{\"count\": 1}]");
        }
        return false;
    } else {
        jsonrpc_send_block(rpc, jsonrpc_create_error(
            json_string_create("unknown method"), request->id));
    }
    return true;
}

/* Serves connections until something is written, 'n_deaths' times in vain. */
static void
serve(struct pstream *listener, int n_deaths)
{
    for (; n_deaths >= 0; n_deaths--) {
        struct jsonrpc_msg *msg;
        struct stream *stream;
        struct jsonrpc *rpc;
        bool more = true;

        if (pstream_accept_block(listener, &stream)) {
            _exit(EXIT_FAILURE);
        }
        rpc = jsonrpc_open(stream);
        while (more && !jsonrpc_recv_block(rpc, &msg)) {
            more = serve_request(rpc, msg, n_deaths > 0);
            jsonrpc_msg_destroy(msg);
        }
        jsonrpc_close(rpc);
    }
    _exit(EXIT_SUCCESS);
}

static void
write_to(int n_deaths)
{
    char *remote = xasprintf("unix:%s/db.sock", ovs_rundir());
    char *name = xasprintf("p%s", remote);
    struct pstream *listener;
    char *problem;
    int status;
    pid_t pid;

    assert_int_equal(pstream_open(name, &listener, DSCP_DEFAULT), 0);
    pid = fork();
    if (!pid) {
        serve(listener, n_deaths);
    }
    problem = path_down_write(remote);
    assert_null(problem);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    pstream_close(listener);
    free(name);
    free(remote);
}

/* Only where the agent runs BFD. */
static void
test_write(void **state OVS_UNUSED)
{
    write_to(0);
}

/* It is written when the database is there again, and that is waited for. */
static void
test_restart(void **state OVS_UNUSED)
{
    long long int cpu_ms = cpu_time_msec();

    write_to(1);
    assert_in_range(cpu_time_msec() - cpu_ms, 0, MAX_CPU_MS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_restart),
    };

    char dir[] = "/tmp/path-down-XXXXXX";
    int result;

    fatal_ignore_sigpipe();
    vlog_set_levels(NULL, VLF_CONSOLE, VLL_OFF);
    scratch_dir_create(dir);
    result = cmocka_run_group_tests_name("path-down", tests, NULL, NULL);
    scratch_dir_remove(dir);
    return result;
}
