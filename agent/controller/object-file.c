/* One file of objects: see object-file.h.
 *
 * A file is read when its identity, size or times are others than before.
 * What could not be read is tried again at the next event only: whoever
 * repairs a file makes one. */

#include <config.h>

#include "agent/controller/object-file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/controller/file-content.h"
#include "agent/controller/objects.h"
#include "lib/json-doubles.h"
#include "lib/json-util.h"
#include "lib/printable.h"
#include "lib/trusted-file.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "timeval.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(object_file);

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

struct object_file {
    char *path;
    struct objects_scope *scopes[RES_N_KINDS];
    struct identity identity;       /* Of what was looked at last; 'ino' is 0
                                     * if it is to be looked at again. */
    bool loaded;                    /* It has been good once. */
    char *error;                    /* Or NULL. */
    struct svec bad_items;          /* Messages, of items that were skipped. */
    long long int missing_since;    /* LLONG_MAX if it is there. */
};

struct object_file *
object_file_create(struct objects *objects, const char *path)
{
    struct object_file *f = xzalloc(sizeof *f);

    f->path = xstrdup(path);
    for (int i = 0; i < RES_N_KINDS; i++) {
        f->scopes[i] = objects_scope_create(objects, i);
    }
    svec_init(&f->bad_items);
    f->missing_since = LLONG_MAX;
    return f;
}

void
object_file_destroy(struct object_file *f)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        objects_scope_destroy(f->scopes[i]);
    }
    svec_destroy(&f->bad_items);
    free(f->error);
    free(f->path);
    free(f);
}

/* Takes 'error', NULL for none. */
static void
set_error(struct object_file *f, char *error)
{
    error = printable_make_nocopy(error);
    if (error && (!f->error || strcmp(f->error, error))) {
        VLOG_WARN("%s: %s", f->path, error);
    } else if (!error && f->error) {
        VLOG_INFO("%s: can be read again", f->path);
    }
    free(f->error);
    f->error = error;
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

static void
upsert_item(enum resource_kind kind, const struct json *item,
            const struct field_errors *faults, void *f_)
{
    struct object_file *f = f_;

    if (faults) {
        objects_scope_refuse(f->scopes[kind], item, faults);
    } else {
        objects_scope_upsert(f->scopes[kind], item);
    }
}

static void
add_bad_item(const char *message, void *f_)
{
    struct object_file *f = f_;
    char *printable = printable_make(message);

    VLOG_WARN("%s: %s", f->path, printable);
    svec_add_nocopy(&f->bad_items, printable);
}

/* Makes 'json' the content of 'f'. */
static void
take_content(struct object_file *f, const struct json *json,
             const struct svec *doubles)
{
    svec_clear(&f->bad_items);
    for (int i = 0; i < RES_N_KINDS; i++) {
        objects_scope_begin_list(f->scopes[i]);
    }
    file_content_for_each(json, doubles, upsert_item, add_bad_item, f);
    for (int i = 0; i < RES_N_KINDS; i++) {
        objects_scope_end_list(f->scopes[i]);
    }
    f->loaded = true;
}

/* Reads the open file.  Returns NULL or what is wrong, to be freed. */
static char *
load(struct object_file *f, int fd, const struct stat *st)
{
    char *text;
    size_t n;
    char *error = trusted_file_read(fd, st, MAX_FILE_BYTES, &text, &n);
    struct svec doubles = SVEC_EMPTY_INITIALIZER;
    struct json *json;

    if (error) {
        return error;
    }
    json = json_util_parse(text, n, &error);
    if (json) {
        json_doubles_find(text, n, SIZE_MAX, &doubles);
        error = file_content_check(json, &doubles);
    }
    free(text);
    if (!error) {
        take_content(f, json, &doubles);
    }
    svec_destroy(&doubles);
    json_destroy(json);
    return error;
}

/* Whether a change that is yet to come might not show in 'st'. */
static bool
is_racy(const struct stat *st)
{
    long long int ctime = st->st_ctim.tv_sec * 1000LL
                          + st->st_ctim.tv_nsec / 1000000;

    return llabs(time_wall_msec() - ctime) < CLOCK_TICK_MS;
}

long long int
object_file_check(struct object_file *f)
{
    long long int again = LLONG_MAX;
    struct identity id;
    struct stat st;
    int fd = trusted_file_open(f->path, &st);

    if (fd < 0) {
        set_error(f, xstrdup(ovs_strerror(-fd)));
        f->identity = (struct identity) { .dev = 0 };
        return again;
    }
    f->missing_since = LLONG_MAX;
    id = identity_from_stat(&st);
    if (!identity_equals(&id, &f->identity)) {
        f->identity = id;
        if (is_racy(&st)) {
            f->identity.ino = 0;
            again = time_msec() + 2 * CLOCK_TICK_MS;
        }
        set_error(f, load(f, fd, &st));
    }
    close(fd);
    return again;
}

long long int
object_file_note_missing(struct object_file *f)
{
    f->missing_since = MIN(f->missing_since, time_msec());
    return f->missing_since + SETTLE_MS;
}

bool
object_file_is_loaded(const struct object_file *f)
{
    return f->loaded;
}

char *
object_file_describe_problems(const struct object_file *f)
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
