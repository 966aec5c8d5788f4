/* Objects from files: see file-source.h.
 *
 * A directory is looked through at each event, and each of its files
 * (object-file.h) finds out whether it changed.  A file that disappears from a
 * directory takes its objects along.  A path that does not exist at all keeps
 * everything: nobody asks for an empty network by deleting a file that is
 * configured. */

#include <config.h>

#include "agent/controller/file-source.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/controller/file-watch.h"
#include "agent/controller/object-file.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(file_source);

struct file_source {
    struct objects *objects;
    char *path;
    struct file_watch *watch;
    struct shash files;             /* path -> struct object_file. */
    char *error;                    /* About 'path' itself, or NULL. */
    bool scanned;                   /* 'path' could be read once. */
    long long int rescan_at;        /* LLONG_MAX: at the next event. */
};

const char *
file_source_path_of_url(const char *url)
{
    if (!strncmp(url, "file:///", 8)) {
        return url + 7;
    }
    if (!strncmp(url, "file://localhost/", 17)) {
        return url + 16;
    }
    return NULL;
}

struct file_source *
file_source_create(struct objects *objects, const char *path)
{
    struct file_source *fs = xzalloc(sizeof *fs);

    fs->objects = objects;
    fs->path = xstrdup(path);
    fs->watch = file_watch_create(path);
    shash_init(&fs->files);
    fs->rescan_at = LLONG_MAX;
    return fs;
}

void
file_source_destroy(struct file_source *fs)
{
    struct shash_node *node;

    if (!fs) {
        return;
    }
    SHASH_FOR_EACH (node, &fs->files) {
        object_file_destroy(node->data);
    }
    shash_destroy(&fs->files);
    file_watch_destroy(fs->watch);
    free(fs->path);
    free(fs->error);
    free(fs);
}

/* Takes 'error', NULL for none. */
static void
set_error(struct file_source *fs, char *error)
{
    if (error && (!fs->error || strcmp(fs->error, error))) {
        VLOG_WARN("%s: %s", fs->path, error);
    } else if (!error && fs->error) {
        VLOG_INFO("%s: can be read again", fs->path);
    }
    free(fs->error);
    fs->error = error;
}

static bool
is_our_name(const char *name)
{
    size_t n = strlen(name);

    return name[0] != '.' && n > 5 && !strcmp(name + n - 5, ".json");
}

/* Fills 'paths' with the files to read, sorted.  Returns 0 or an errno. */
static int
list_files(const char *path, struct svec *paths)
{
    struct dirent *de;
    struct stat st;
    DIR *dir;

    if (stat(path, &st)) {
        return errno;
    }
    if (!S_ISDIR(st.st_mode)) {
        svec_add(paths, path);
        return 0;
    }
    dir = opendir(path);
    if (!dir) {
        return errno;
    }
    while ((de = readdir(dir)) != NULL) {
        if (is_our_name(de->d_name)) {
            svec_add_nocopy(paths, xasprintf("%s/%s", path, de->d_name));
        }
    }
    closedir(dir);
    svec_sort(paths);
    return 0;
}

/* Forgets the files that have been away for long enough. */
static void
drop_missing(struct file_source *fs, const struct svec *present)
{
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &fs->files) {
        struct object_file *f = node->data;
        long long int gone_at;

        if (svec_contains(present, node->name)) {
            continue;
        }
        gone_at = object_file_note_missing(f);
        if (time_msec() >= gone_at) {
            VLOG_INFO("%s: gone, and its objects with it", node->name);
            shash_delete(&fs->files, node);
            object_file_destroy(f);
        } else {
            fs->rescan_at = MIN(fs->rescan_at, gone_at);
        }
    }
}

static struct object_file *
get_file(struct file_source *fs, const char *path)
{
    struct object_file *f = shash_find_data(&fs->files, path);

    if (!f) {
        f = object_file_create(fs->objects, path);
        shash_add(&fs->files, path, f);
    }
    return f;
}

static void
scan(struct file_source *fs)
{
    struct svec paths = SVEC_EMPTY_INITIALIZER;
    int err = list_files(fs->path, &paths);
    const char *path;
    size_t i;

    fs->rescan_at = LLONG_MAX;
    set_error(fs, err ? xstrdup(ovs_strerror(err)) : NULL);
    if (!err) {
        fs->scanned = true;
        SVEC_FOR_EACH (i, path, &paths) {
            long long int again = object_file_check(get_file(fs, path));

            fs->rescan_at = MIN(fs->rescan_at, again);
        }
        drop_missing(fs, &paths);
    }
    svec_destroy(&paths);
}

void
file_source_run(struct file_source *fs)
{
    if (file_watch_run(fs->watch) || time_msec() >= fs->rescan_at) {
        scan(fs);
    }
}

void
file_source_wait(struct file_source *fs)
{
    file_watch_wait(fs->watch);
    if (fs->rescan_at != LLONG_MAX) {
        poll_timer_wait_until(fs->rescan_at);
    }
}

bool
file_source_is_synced(const struct file_source *fs)
{
    const struct shash_node *node;

    if (!fs->scanned) {
        return false;
    }
    SHASH_FOR_EACH (node, &fs->files) {
        if (!object_file_is_loaded(node->data)) {
            return false;
        }
    }
    return true;
}

void
file_source_for_each_problem(const struct file_source *fs,
                             void (*cb)(const char *object,
                                        const char *message, void *aux),
                             void *aux)
{
    const struct shash_node *node;

    if (fs->error) {
        char *object = xasprintf("file %s", fs->path);

        cb(object, fs->error, aux);
        free(object);
    }
    SHASH_FOR_EACH (node, &fs->files) {
        char *message = object_file_describe_problems(node->data);

        /* If 'path' is a file that cannot be read, that has been said. */
        if (message && !(fs->error && !strcmp(node->name, fs->path))) {
            char *object = xasprintf("file %s", node->name);

            cb(object, message, aux);
            free(object);
        }
        free(message);
    }
}
