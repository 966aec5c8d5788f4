/* Requests to ovs-vswitchd over its control socket, as ovs-appctl makes them,
 * but without ever waiting for the answer.
 *
 * Several requests may be under way; they are answered in their order.  There
 * is no timeout: a daemon that hangs answers later or dies, and until then
 * there is no point in asking it anything else. */
#ifndef GA_VSWITCHD_CTL_H
#define GA_VSWITCHD_CTL_H 1

#include <stdbool.h>
#include <stddef.h>

struct vswitchd_ctl;

enum vswitchd_ctl_answer {
    VSWITCHD_CTL_NONE,              /* Nothing yet. */
    VSWITCHD_CTL_RESULT,            /* The command's output. */
    VSWITCHD_CTL_ERROR,             /* The daemon says that it went wrong. */
    VSWITCHD_CTL_LOST               /* No answer will come: the connection
                                     * ended, or the answer was too long. */
};

/* 'rundir' is the directory with the daemon's pidfile and socket. */
struct vswitchd_ctl *vswitchd_ctl_create(const char *rundir);
void vswitchd_ctl_destroy(struct vswitchd_ctl *);

/* Sends 'command' with arguments 'args' (NULL: none; else ended by NULL),
 * after connecting if need be.  Returns false if the daemon cannot be reached:
 * try again later.  An answer of more than 'max_bytes' counts as lost, as do
 * those behind it. */
bool vswitchd_ctl_request(struct vswitchd_ctl *, const char *command,
                          const char *const *args, size_t max_bytes);

/* Returns what became of the oldest request under way, which is over if that
 * is not VSWITCHD_CTL_NONE.  Sets '*text' to the output or the message, for
 * the caller to free, or to NULL if there is none. */
enum vswitchd_ctl_answer vswitchd_ctl_run(struct vswitchd_ctl *, char **text);
void vswitchd_ctl_wait(struct vswitchd_ctl *);

/* As vswitchd_ctl_wait(), if nobody waits for what is under way before
 * time_msec() 'when'. */
void vswitchd_ctl_wait_until(struct vswitchd_ctl *, long long int when);

/* Returns the id of the process that the last connection was to, 0 if there
 * was none. */
int vswitchd_ctl_get_pid(const struct vswitchd_ctl *);

#endif /* agent/switch/vswitchd-ctl.h */
