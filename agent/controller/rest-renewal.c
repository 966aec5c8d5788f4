/* Renewals: see rest-renewal.h.
 *
 * Events of the directories say that something may have changed; inode, size
 * and time of the files say whether it did. */

#include <config.h>

#include "agent/controller/rest-renewal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/controller/file-watch.h"
#include "agent/controller/rest-auth.h"
#include "openvswitch/poll-loop.h"
#include "timeval.h"
#include "util.h"

#define SETTLE_MS 1000
#define N_FILES 3

/* What a version of a file is known by; all zero: there is none. */
struct version {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime;
};

struct rest_renewal {
    const char *paths[N_FILES];     /* Or NULL. */
    struct file_watch *watches[N_FILES];
    struct version in_use[N_FILES];
    struct version seen[N_FILES];   /* Last. */
    long long int settled;          /* time_msec() when a change counts;
                                     * LLONG_MAX: nothing changed. */
};

static void
read_versions(const struct rest_renewal *r, struct version versions[N_FILES])
{
    memset(versions, 0, N_FILES * sizeof *versions);
    for (size_t i = 0; i < N_FILES; i++) {
        struct stat st;

        if (r->paths[i] && !stat(r->paths[i], &st)) {
            versions[i].dev = st.st_dev;
            versions[i].ino = st.st_ino;
            versions[i].size = st.st_size;
            versions[i].mtime = st.st_mtim;
        }
    }
}

/* Whether all files are there, and another version of one is in use. */
static bool
has_changed(const struct rest_renewal *r)
{
    for (size_t i = 0; i < N_FILES; i++) {
        if (r->paths[i] && !r->seen[i].ino) {
            return false;
        }
    }
    return memcmp(r->in_use, r->seen, sizeof r->in_use) != 0;
}

struct rest_renewal *
rest_renewal_create(const struct rest_auth *auth)
{
    struct rest_renewal *r;

    if (!auth->ca_file && !auth->cert_file && !auth->key_file) {
        return NULL;
    }
    r = xzalloc(sizeof *r);
    r->paths[0] = auth->ca_file;
    r->paths[1] = auth->cert_file;
    r->paths[2] = auth->key_file;
    for (size_t i = 0; i < N_FILES; i++) {
        r->watches[i] = r->paths[i] ? file_watch_create(r->paths[i]) : NULL;
    }
    read_versions(r, r->in_use);
    memcpy(r->seen, r->in_use, sizeof r->seen);
    r->settled = LLONG_MAX;
    return r;
}

void
rest_renewal_destroy(struct rest_renewal *r)
{
    if (r) {
        for (size_t i = 0; i < N_FILES; i++) {
            file_watch_destroy(r->watches[i]);
        }
        free(r);
    }
}

/* Looks at the files, and lets a change settle. */
static void
look(struct rest_renewal *r)
{
    struct version now[N_FILES];

    read_versions(r, now);
    if (memcmp(r->seen, now, sizeof now)) {
        memcpy(r->seen, now, sizeof now);
        r->settled = has_changed(r) ? time_msec() + SETTLE_MS : LLONG_MAX;
    }
}

bool
rest_renewal_run(struct rest_renewal *r)
{
    bool events = false;

    if (!r) {
        return false;
    }
    for (size_t i = 0; i < N_FILES; i++) {
        events |= r->watches[i] && file_watch_run(r->watches[i]);
    }
    if (events) {
        look(r);
    }
    if (time_msec() < r->settled) {
        return false;
    }
    memcpy(r->in_use, r->seen, sizeof r->in_use);
    r->settled = LLONG_MAX;
    return true;
}

void
rest_renewal_wait(struct rest_renewal *r)
{
    for (size_t i = 0; r && i < N_FILES; i++) {
        if (r->watches[i]) {
            file_watch_wait(r->watches[i]);
        }
    }
    if (r && r->settled != LLONG_MAX) {
        poll_timer_wait_until(r->settled);
    }
}
