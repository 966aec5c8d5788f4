/* Objects from files.
 *
 * Each file has its own scopes in the objects' cache, so that one that is
 * broken keeps what it last had, and the others go on.  A file is read when
 * an event says that something changed and its identity, size or times are
 * others than before.  What could not be read is tried again at the next
 * event only: whoever repairs a file makes one.
 *
 * A file that disappears from a directory takes its objects along, but not
 * before SETTLE_MS: editors and scripts that replace a file often remove it
 * first.  A path that does not exist at all keeps everything: nobody asks for
 * an empty network by deleting a file that is configured. */

#include <config.h>

#include "agent/controller/file-source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/controller/file-watch.h"
#include "agent/controller/objects.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/shash.h"
#include "openvswitch/vlog.h"
#include "sset.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(file_source);

#define MAX_FILE_BYTES (256 * 1024 * 1024)
#define MAX_ITEMS_SHOWN 8           /* Bad items of a file, in a message. */
#define SETTLE_MS 300

/* Two changes so close together may leave the same times on a file, because
 * the kernel's clock for them ticks every 10 ms at the slowest.  A file that
 * was changed less than so long ago is read once more. */
#define CLOCK_TICK_MS 50

/* What tells that a file is not the one that was read last. */
struct identity {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec mtime, ctime;
};

struct file {
    char *path;
    struct objects_scope *scopes[RES_N_KINDS];
    struct identity identity;       /* Of what was looked at last; 'ino' is 0
                                     * if it is to be looked at again. */
    bool loaded;                    /* It has been good once. */
    char *error;                    /* Or NULL. */
    struct svec bad_items;          /* Messages, of items that were skipped. */
    long long int missing_since;    /* LLONG_MAX if it is there. */
};

struct file_source {
    struct objects *objects;
    char *path;
    struct file_watch *watch;
    struct shash files;             /* path -> struct file. */
    char *error;                    /* About 'path' itself, or NULL. */
    bool scanned;                   /* 'path' could be read once. */
    long long int rescan_at;        /* LLONG_MAX: at the next event. */
};

/* Files. */

static struct file *
file_create(struct file_source *fs, const char *path)
{
    struct file *f = xzalloc(sizeof *f);

    f->path = xstrdup(path);
    for (int i = 0; i < RES_N_KINDS; i++) {
        f->scopes[i] = objects_scope_create(fs->objects, i);
    }
    svec_init(&f->bad_items);
    f->missing_since = LLONG_MAX;
    shash_add(&fs->files, path, f);
    return f;
}

static void
file_destroy(struct file *f)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        objects_scope_destroy(f->scopes[i]);
    }
    svec_destroy(&f->bad_items);
    free(f->error);
    free(f->path);
    free(f);
}

/* Sets the error of a file or of the source as a whole, taking 'error'. */
static void
set_error(char **errorp, const char *path, char *error)
{
    if (error && (!*errorp || strcmp(*errorp, error))) {
        VLOG_WARN("%s: %s", path, error);
    } else if (!error && *errorp) {
        VLOG_INFO("%s: good again", path);
    }
    free(*errorp);
    *errorp = error;
}

/* Whether 'f' may be believed.  If not, returns a message.  Only root and we
 * ourselves are trusted, as the objects decide where traffic goes. */
static char *
check_permissions(const struct stat *st)
{
    if (!S_ISREG(st->st_mode)) {
        return xstrdup("is not a regular file");
    }
    if (st->st_uid && st->st_uid != geteuid()) {
        return xasprintf("refused: it belongs to user %ld, who is neither "
                         "root nor the agent's user", (long) st->st_uid);
    }
    if (st->st_mode & (S_IWGRP | S_IWOTH)) {
        return xasprintf("refused: others than its owner can write it "
                         "(mode %04o); chmod go-w it",
                         (unsigned int) st->st_mode & 07777);
    }
    if (st->st_size > MAX_FILE_BYTES) {
        return xasprintf("is larger than %d bytes", MAX_FILE_BYTES);
    }
    return NULL;
}

static bool
identity_equals(const struct identity *a, const struct identity *b)
{
    return (a->dev == b->dev && a->ino == b->ino && a->size == b->size
            && a->mtime.tv_sec == b->mtime.tv_sec
            && a->mtime.tv_nsec == b->mtime.tv_nsec
            && a->ctime.tv_sec == b->ctime.tv_sec
            && a->ctime.tv_nsec == b->ctime.tv_nsec);
}

static struct identity
identity_from_stat(const struct stat *st)
{
    return (struct identity) {
        .dev = st->st_dev,
        .ino = st->st_ino,
        .size = st->st_size,
        .mtime = st->st_mtim,
        .ctime = st->st_ctim,
    };
}

/* Reads all of 'fd' into '*text' (to be freed).  Returns 0 or an errno. */
static int
read_all(int fd, size_t size_hint, char **text, size_t *n)
{
    size_t allocated = size_hint + 1;

    *text = xmalloc(allocated);
    *n = 0;
    for (;;) {
        ssize_t retval;

        if (*n == allocated) {
            if (allocated > MAX_FILE_BYTES) {
                return EFBIG;
            }
            allocated *= 2;
            *text = xrealloc(*text, allocated);
        }
        retval = read(fd, *text + *n, allocated - *n);
        if (retval < 0 && errno != EINTR) {
            return errno;
        } else if (!retval) {
            return 0;
        } else if (retval > 0) {
            *n += retval;
        }
    }
}

/* Content. */

/* Notes that an item was skipped: "items[3]: MESSAGE". */
static void OVS_PRINTF_FORMAT(3, 4)
add_bad_item(struct file *f, int index, const char *format, ...)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    va_list args;

    if (index >= 0) {
        ds_put_format(&s, "items[%d]: ", index);
    }
    va_start(args, format);
    ds_put_format_valist(&s, format, args);
    va_end(args);
    VLOG_WARN("%s: %s", f->path, ds_cstr(&s));
    svec_add_nocopy(&f->bad_items, ds_steal_cstr(&s));
}

/* Takes over one object.  'list_kind' is what a "VPCList" says of items
 * without a kind, or NULL.  'seen' has "KIND/NAME" of the earlier ones. */
static void
take_item(struct file *f, const struct json *item, int index,
          const char *list_kind, struct sset *seen)
{
    const char *kind_name = json_util_string(item, "kind", list_kind);
    const char *name = json_util_string(json_util_get(item, "metadata"),
                                        "name", "");
    enum resource_kind kind;
    char *key;

    if (item->type != JSON_OBJECT || !kind_name) {
        add_bad_item(f, index, "has no kind");
        return;
    }
    if (!resource_kind_from_kind(kind_name, &kind)) {
        add_bad_item(f, index, "\"%.80s\" is no kind of object that the "
                     "agent knows", kind_name);
        return;
    }
    if (!name[0]) {
        add_bad_item(f, index, "%s without metadata.name", kind_name);
        return;
    }
    key = xasprintf("%s/%s", kind_name, name);
    if (sset_add(seen, key)) {
        objects_scope_upsert(f->scopes[kind], item);
    } else {
        add_bad_item(f, index, "%s \"%.253s\" is in the file already",
                     kind_name, name);
    }
    free(key);
}

/* The array of objects in 'json', which is a List, or a bare array; NULL if
 * 'json' is a single object.  Sets '*list_kind' to what a typed list holds. */
static const struct json *
find_items(const struct json *json, char **list_kind)
{
    const char *kind = json_util_string(json, "kind", NULL);
    const struct json *items = json_util_get(json, "items");
    size_t n = kind ? strlen(kind) : 0;

    *list_kind = NULL;
    if (json->type == JSON_ARRAY) {
        return json;
    }
    if (!items || items->type != JSON_ARRAY || n < 4
        || strcmp(kind + n - 4, "List")) {
        return NULL;
    }
    if (n > 4) {
        *list_kind = xmemdup0(kind, n - 4);
    }
    return items;
}

/* Makes 'json' the content of 'f'. */
static void
take_content(struct file *f, const struct json *json)
{
    struct sset seen = SSET_INITIALIZER(&seen);
    const struct json *items;
    char *list_kind;

    svec_clear(&f->bad_items);
    for (int i = 0; i < RES_N_KINDS; i++) {
        objects_scope_begin_list(f->scopes[i]);
    }
    items = find_items(json, &list_kind);
    if (items) {
        for (size_t i = 0; i < items->array.n; i++) {
            take_item(f, items->array.elems[i], i, list_kind, &seen);
        }
    } else {
        take_item(f, json, -1, NULL, &seen);
    }
    for (int i = 0; i < RES_N_KINDS; i++) {
        objects_scope_end_list(f->scopes[i]);
    }
    free(list_kind);
    sset_destroy(&seen);
}

/* What keeps 'json' from being a file of ours, or NULL.  An object without a
 * kind could be anything, and replaces nothing. */
static const char *
content_fault(const struct json *json)
{
    const struct json *items = json_util_get(json, "items");
    const char *kind = json_util_string(json, "kind", NULL);

    if (json->type == JSON_ARRAY) {
        return NULL;
    }
    if (!kind) {
        return "has no \"kind\": neither a List nor an object";
    }
    if (!strcmp(kind, "List") && (!items || items->type != JSON_ARRAY)) {
        return "is a List without an array \"items\"";
    }
    return NULL;
}

/* Reads the open file.  Returns NULL or what is wrong, to be freed. */
static char *
load(struct file *f, int fd, const struct stat *st)
{
    char *error = check_permissions(st);
    const char *fault;
    struct json *json;
    char *text = NULL;
    size_t n;
    int err;

    if (error) {
        return error;
    }
    err = read_all(fd, st->st_size, &text, &n);
    if (err) {
        free(text);
        return xstrdup(ovs_strerror(err));
    }
    json = json_util_parse(text, n, &error);
    free(text);
    if (!json) {
        return error;
    }
    fault = content_fault(json);
    if (!fault) {
        take_content(f, json);
        f->loaded = true;
    }
    json_destroy(json);
    return fault ? xstrdup(fault) : NULL;
}

/* Whether a change that is yet to come might not show in 'st'. */
static bool
is_racy(const struct stat *st)
{
    long long int ctime = st->st_ctim.tv_sec * 1000LL
                          + st->st_ctim.tv_nsec / 1000000;

    return llabs(time_wall_msec() - ctime) < CLOCK_TICK_MS;
}

/* Reads 'f' if it is another one than last time. */
static void
file_check(struct file_source *fs, struct file *f)
{
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct identity id;
    struct stat st;

    if (fd < 0 || fstat(fd, &st)) {
        set_error(&f->error, f->path, xstrdup(ovs_strerror(errno)));
        f->identity = (struct identity) { .dev = 0 };
    } else {
        f->missing_since = LLONG_MAX;
        id = identity_from_stat(&st);
        if (!identity_equals(&id, &f->identity)) {
            f->identity = id;
            if (is_racy(&st)) {
                f->identity.ino = 0;
                fs->rescan_at = MIN(fs->rescan_at,
                                    time_msec() + 2 * CLOCK_TICK_MS);
            }
            set_error(&f->error, f->path, load(f, fd, &st));
        }
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* The source. */

/* 'path' is absolute, of a file or a directory; it need not exist yet. */
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

/* Deletes the objects that only the files have.  NULL is fine. */
void
file_source_destroy(struct file_source *fs)
{
    struct shash_node *node;

    if (!fs) {
        return;
    }
    SHASH_FOR_EACH (node, &fs->files) {
        file_destroy(node->data);
    }
    shash_destroy(&fs->files);
    file_watch_destroy(fs->watch);
    free(fs->path);
    free(fs->error);
    free(fs);
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

/* Forgets the files that have been away for SETTLE_MS. */
static void
drop_missing(struct file_source *fs, const struct svec *present)
{
    long long int now = time_msec();
    struct shash_node *node;

    SHASH_FOR_EACH_SAFE (node, &fs->files) {
        struct file *f = node->data;

        if (svec_contains(present, f->path)) {
            continue;
        }
        f->missing_since = MIN(f->missing_since, now);
        if (now >= f->missing_since + SETTLE_MS) {
            VLOG_INFO("%s: it is gone, and so are its objects", f->path);
            shash_delete(&fs->files, node);
            file_destroy(f);
        } else {
            fs->rescan_at = MIN(fs->rescan_at,
                                f->missing_since + SETTLE_MS);
        }
    }
}

static void
scan(struct file_source *fs)
{
    struct svec paths = SVEC_EMPTY_INITIALIZER;
    int err = list_files(fs->path, &paths);
    const char *path;
    size_t i;

    fs->rescan_at = LLONG_MAX;
    set_error(&fs->error, fs->path,
              err ? xstrdup(ovs_strerror(err)) : NULL);
    if (!err) {
        fs->scanned = true;
        SVEC_FOR_EACH (i, path, &paths) {
            struct file *f = shash_find_data(&fs->files, path);

            file_check(fs, f ? f : file_create(fs, path));
        }
        drop_missing(fs, &paths);
    }
    svec_destroy(&paths);
}

/* Reads what has changed. */
void
file_source_run(struct file_source *fs)
{
    if (file_watch_run(fs->watch) || time_msec() >= fs->rescan_at) {
        scan(fs);
    }
}

/* See file_source_run(). */
void
file_source_wait(struct file_source *fs)
{
    file_watch_wait(fs->watch);
    if (fs->rescan_at != LLONG_MAX) {
        poll_timer_wait_until(fs->rescan_at);
    }
}

/* A file that never was good holds this up: what it should have had is not
 * known. */
bool
file_source_is_synced(const struct file_source *fs)
{
    const struct shash_node *node;

    if (!fs->scanned) {
        return false;
    }
    SHASH_FOR_EACH (node, &fs->files) {
        const struct file *f = node->data;

        if (!f->loaded) {
            return false;
        }
    }
    return true;
}

/* All that is wrong with 'f' in one message, or NULL. */
static char *
file_describe_problems(const struct file *f)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (f->error) {
        ds_put_format(&s, "%s; ", f->error);
    }
    for (size_t i = 0; i < MIN(f->bad_items.n, MAX_ITEMS_SHOWN); i++) {
        ds_put_format(&s, "%s; ", f->bad_items.names[i]);
    }
    if (f->bad_items.n > MAX_ITEMS_SHOWN) {
        ds_put_format(&s, "and %"PRIuSIZE" more items; ",
                      f->bad_items.n - MAX_ITEMS_SHOWN);
    }
    ds_chomp(&s, ' ');
    ds_chomp(&s, ';');
    return s.length ? ds_steal_cstr(&s) : NULL;
}

/* See the header.  A path that cannot be read is its own file's problem, too,
 * and the newer one. */
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
        const struct file *f = node->data;
        char *message = file_describe_problems(f);

        if (message && !(fs->error && !strcmp(f->path, fs->path))) {
            char *object = xasprintf("file %s", f->path);

            cb(object, message, aux);
            free(object);
        }
        free(message);
    }
}
