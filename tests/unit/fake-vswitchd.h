/* A control socket as ovs-vswitchd's, in a run directory of its own.  What it
 * answers, the test registers with unixctl_command_register(). */
#ifndef GA_TESTS_FAKE_VSWITCHD_H
#define GA_TESTS_FAKE_VSWITCHD_H 1

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unixctl.h"
#include "util.h"

struct fake_vswitchd {
    char dir[40];
    struct unixctl_server *server;  /* NULL: it does not run. */
};

static inline void
fake_vswitchd_init(struct fake_vswitchd *v)
{
    strcpy(v->dir, "/tmp/fake-vswitchd-XXXXXX");
    assert_non_null(mkdtemp(v->dir));
    v->server = NULL;
}

static inline char *
fake_vswitchd_get_pidfile(const struct fake_vswitchd *v)
{
    return xasprintf("%s/ovs-vswitchd.pid", v->dir);
}

static inline void
fake_vswitchd_write_pidfile(const struct fake_vswitchd *v,
                            const char *content)
{
    char *path = fake_vswitchd_get_pidfile(v);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(content, file);
    fclose(file);
    free(path);
}

static inline void
fake_vswitchd_start(struct fake_vswitchd *v, int pid)
{
    char *path = xasprintf("%s/ovs-vswitchd.%d.ctl", v->dir, pid);
    char *content = xasprintf("%d\n", pid);

    assert_int_equal(unixctl_server_create(path, &v->server), 0);
    fake_vswitchd_write_pidfile(v, content);
    free(content);
    free(path);
}

static inline void
fake_vswitchd_stop(struct fake_vswitchd *v)
{
    unixctl_server_destroy(v->server);
    v->server = NULL;
}

static inline void
fake_vswitchd_remove_pidfile(const struct fake_vswitchd *v)
{
    char *path = fake_vswitchd_get_pidfile(v);

    unlink(path);
    free(path);
}

static inline void
fake_vswitchd_destroy(struct fake_vswitchd *v)
{
    fake_vswitchd_stop(v);
    fake_vswitchd_remove_pidfile(v);
    assert_int_equal(rmdir(v->dir), 0);
}

#endif /* tests/unit/fake-vswitchd.h */
