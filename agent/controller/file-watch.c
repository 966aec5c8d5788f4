/* File watch: see file-watch.h.
 *
 * Directories are watched: the one with the last component of the path as
 * given, the path itself if it is a directory, and the directory that its real
 * name is in.  Any event may have changed what the path leads to, so the
 * watches are set again after each.  In place of a directory that does not
 * exist, its nearest ancestor is watched that does. */

#include <config.h>

#include "agent/controller/file-watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(file_watch);

#define WATCH_EVENTS (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_TO \
                      | IN_MOVED_FROM | IN_ATTRIB | IN_DELETE_SELF         \
                      | IN_MOVE_SELF)

struct file_watch {
    char *path;
    int fd;                         /* Of inotify, or -1. */
    bool changed;
};

/* Watches 'dir' or its nearest ancestor that exists. */
static void
file_watch_add_dir(struct file_watch *w, const char *dir)
{
    char *s = xstrdup(dir);

    while (inotify_add_watch(w->fd, s, WATCH_EVENTS) < 0
           && (errno == ENOENT || errno == ENOTDIR) && strcmp(s, "/")
           && strcmp(s, ".")) {
        char *parent = dir_name(s);
        free(s);
        s = parent;
    }
    free(s);
}

/* Sets the watches.  It does not matter if one is there already.  A watch that
 * is no longer needed may wake the caller in vain. */
static void
file_watch_set(struct file_watch *w)
{
    char *dir = dir_name(w->path);
    char *real = realpath(w->path, NULL);

    file_watch_add_dir(w, dir);
    if (real) {
        char *real_dir = dir_name(real);

        file_watch_add_dir(w, real_dir);
        inotify_add_watch(w->fd, real, WATCH_EVENTS | IN_ONLYDIR);
        free(real_dir);
    }
    free(real);
    free(dir);
}

struct file_watch *
file_watch_create(const char *path)
{
    struct file_watch *w = xzalloc(sizeof *w);

    w->path = xstrdup(path);
    w->changed = true;
    w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w->fd < 0) {
        VLOG_WARN("%s: changes will not be seen: inotify: %s", path,
                  ovs_strerror(errno));
    } else {
        file_watch_set(w);
    }
    return w;
}

void
file_watch_destroy(struct file_watch *w)
{
    if (w) {
        if (w->fd >= 0) {
            close(w->fd);
        }
        free(w->path);
        free(w);
    }
}

bool
file_watch_run(struct file_watch *w)
{
    char buffer[4096]
        __attribute__((aligned(__alignof__(struct inotify_event))));
    bool changed = w->changed;
    bool any = false;

    while (w->fd >= 0 && read(w->fd, buffer, sizeof buffer) > 0) {
        any = true;
    }
    if (any) {
        file_watch_set(w);
    }
    w->changed = false;
    return changed || any;
}

void
file_watch_wait(struct file_watch *w)
{
    if (w->changed) {
        poll_immediate_wake();
    }
    if (w->fd >= 0) {
        poll_fd_wait(w->fd, POLLIN);
    }
}
