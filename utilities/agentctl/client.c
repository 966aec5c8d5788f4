/* One question to a daemon: see client.h.
 *
 * The socket is found as ovs-appctl finds it: RUNDIR/PROGRAM.pid has the
 * process id, RUNDIR/PROGRAM.PID.ctl is the socket.  Two things differ from
 * unixctl_client_transact(): there is a deadline, so that a daemon that hangs
 * does not make the scripts hang that ask it something, and each way to fail
 * has a message for people. */

#include <config.h>

#include "utilities/agentctl/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "daemon.h"
#include "dirs.h"
#include "jsonrpc.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "unixctl.h"
#include "util.h"

/* Returns the path of the socket of 'program', or NULL and sets '*error'. */
static char *
find_socket(const char *program, char **error)
{
    char *pidfile = xasprintf("%s/%s.pid", ovs_rundir(), program);
    char *path = NULL;
    pid_t pid;

    pid = read_pidfile(pidfile);
    if (pid >= 0) {
        path = xasprintf("%s/%s.%ld.ctl", ovs_rundir(), program,
                         (long int) pid);
    } else if (pid == -EACCES || pid == -EPERM) {
        *error = xasprintf("permission denied for %s: try as root", pidfile);
    } else if (pid == -ENOENT) {
        *error = xasprintf("is %s running?  There is no %s; see \"systemctl "
                           "status %s\"", program, pidfile, program);
    } else if (pid == -ESRCH) {
        *error = xasprintf("is %s running?  The process of %s is gone; see "
                           "\"systemctl status %s\"",
                           program, pidfile, program);
    } else {
        *error = xasprintf("cannot read %s: %s", pidfile, ovs_strerror(-pid));
    }
    free(pidfile);
    return path;
}

static struct jsonrpc *
connect_to_target(const char *target, char **error)
{
    struct jsonrpc *rpc;
    char *path;
    int retval;

    path = strchr(target, '/') ? abs_file_name(NULL, target)
                               : find_socket(target, error);
    if (!path) {
        return NULL;
    }

    retval = unixctl_client_create(path, &rpc);
    if (retval == EACCES || retval == EPERM) {
        *error = xasprintf("permission denied for %s: try as root", path);
    } else if (retval == ENOENT || retval == ECONNREFUSED) {
        *error = xasprintf("is geneve-agentd running?  Nobody answers at %s "
                           "(%s); see \"systemctl status geneve-agentd\"",
                           path, ovs_strerror(retval));
    } else if (retval) {
        *error = xasprintf("cannot connect to %s: %s",
                           path, ovs_strerror(retval));
    }
    free(path);
    return retval ? NULL : rpc;
}

/* Waits for the answer to 'id' until 'deadline' (of time_msec()).  Returns 0
 * with the answer in '*replyp', ETIMEDOUT, EOF if the daemon closed the
 * connection, or another errno. */
static int
receive_reply(struct jsonrpc *rpc, const struct json *id,
              long long int deadline, struct jsonrpc_msg **replyp)
{
    for (;;) {
        int error = jsonrpc_recv(rpc, replyp);

        if (!error && ((*replyp)->type == JSONRPC_REPLY
                       || (*replyp)->type == JSONRPC_ERROR)
            && json_equal((*replyp)->id, id)) {
            return 0;
        } else if (!error) {
            jsonrpc_msg_destroy(*replyp);
            *replyp = NULL;
            continue;
        } else if (error != EAGAIN) {
            return error;
        } else if (time_msec() >= deadline) {
            return ETIMEDOUT;
        }

        jsonrpc_run(rpc);
        jsonrpc_wait(rpc);
        jsonrpc_recv_wait(rpc);
        poll_timer_wait_until(deadline);
        poll_block();
    }
}

static void
chomp(char *s)
{
    size_t n = strlen(s);

    if (n && s[n - 1] == '\n') {
        s[n - 1] = '\0';
    }
}

/* The text in 'json', for the caller to free, or NULL if it is none. */
static char *
take_text(const struct json *json)
{
    return json && json->type == JSON_STRING ? xstrdup(json_string(json))
                                             : NULL;
}

static bool
transact(struct jsonrpc *rpc, unsigned int timeout, const char *command,
         struct json *params, char **answer, char **error)
{
    struct jsonrpc_msg *request, *reply = NULL;
    struct json *id;
    int retval;

    request = jsonrpc_create_request(command, params, &id);
    retval = jsonrpc_send(rpc, request);
    if (!retval) {
        retval = receive_reply(rpc, id, time_msec() + timeout * 1000LL,
                               &reply);
    }
    json_destroy(id);

    *answer = *error = NULL;
    if (retval == ETIMEDOUT) {
        *error = xasprintf("no answer within %u seconds: the daemon hangs or "
                           "is very busy", timeout);
    } else if (retval == EOF) {
        *error = xstrdup("the daemon closed the connection: it ended, or "
                         "this is not its socket");
    } else if (retval) {
        *error = xasprintf("talking to the daemon failed: %s",
                           ovs_strerror(retval));
    } else if (reply->type == JSONRPC_ERROR) {
        *error = take_text(reply->error);
        if (*error) {
            /* unixctl ends every answer with a new line. */
            chomp(*error);
        }
    } else {
        *answer = take_text(reply->result);
    }
    if (!*answer && !*error) {
        *error = xstrdup("the daemon's answer is not text");
    }
    jsonrpc_msg_destroy(reply);
    return *answer != NULL;
}

bool
client_transact(const char *target, unsigned int timeout, const char *command,
                int argc, char *argv[], char **answer, char **error)
{
    struct json *params;
    struct jsonrpc *rpc;
    bool ok;

    *answer = *error = NULL;
    rpc = connect_to_target(target, error);
    if (!rpc) {
        return false;
    }
    params = json_array_create_empty();
    for (int i = 0; i < argc; i++) {
        json_array_add(params, json_string_create(argv[i]));
    }
    ok = transact(rpc, timeout, command, params, answer, error);
    jsonrpc_close(rpc);
    return ok;
}
