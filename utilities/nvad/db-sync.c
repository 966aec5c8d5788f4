/* Brings the store up to date with the IDL.
 *
 * Usually there is one change, the write that we wait for.  There may be
 * several at once after ovsdb-server was away, or if another nvad is writing.
 * Each row has the resourceVersion at which it was written, but a deletion
 * only shows by the missing row.  Its number is one of those that no row has;
 * any of these will do, as long as a new object of the same name comes later.
 * If the numbers do not fit (somebody edited the database, or it is another
 * one), the history is forgotten, and every client lists again. */

#include <config.h>

#include "utilities/nvad/db-sync.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "openvswitch/vlog.h"
#include "ovsdb-idl.h"
#include "schemas/nva-idl.h"
#include "util.h"
#include "utilities/nvad/object.h"
#include "utilities/nvad/store.h"

VLOG_DEFINE_THIS_MODULE(db_sync);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

struct change {
    struct object *new;             /* Owned; NULL: a deletion. */
    const struct object *old;       /* For a deletion, the store's. */
    uint64_t rv;                    /* When; 0: yet to be found. */
    uint64_t before;                /* A deletion must come before this. */
};

struct sync {
    struct ovsdb_idl *idl;
    struct store *store;
    struct change *changes;
    size_t n, allocated;
};

static void
add_change(struct sync *s, struct object *new, const struct object *old)
{
    if (s->n >= s->allocated) {
        s->changes = x2nrealloc(s->changes, &s->allocated,
                                sizeof *s->changes);
    }
    s->changes[s->n++] = (struct change) {
        .new = new, .old = old, .rv = new ? new->rv : 0,
        .before = UINT64_MAX
    };
}

/* Parses a column, "" being an empty object.  Returns NULL if it is not an
 * object. */
static struct json *
parse_column(const char *text)
{
    struct json *json;

    if (!text[0]) {
        return json_object_create();
    }
    json = json_from_string(text);
    if (json->type != JSON_OBJECT) {
        json_destroy(json);
        return NULL;
    }
    return json;
}

/* Returns the object of 'row', or NULL if it cannot be served. */
static struct object *
object_from_row(const struct nvarec_object *row)
{
    struct object_fields f = {
        .name = row->name,
        .uuid = row->header_.uuid,
        .rv = row->resource_version,
        .generation = row->generation,
        .created = row->created,
        .labels = &row->labels,
        .annotations = &row->annotations,
        .spec = row->spec,
        .status = row->status,
    };
    struct json *spec, *status;
    struct object *o = NULL;

    if (!resource_kind_from_kind(row->kind, &f.kind)) {
        VLOG_WARN_RL(&rl, "%s \"%s\" in the database is of a kind that this "
                     "version does not know", row->kind, row->name);
        return NULL;
    }
    spec = parse_column(row->spec);
    status = parse_column(row->status);
    if (spec && status) {
        f.vpc = json_util_string(spec, "vpc", NULL);
        o = object_create(&f);
    } else {
        VLOG_WARN_RL(&rl, "%s \"%s\" in the database is not JSON", row->kind,
                     row->name);
    }
    json_destroy(spec);
    json_destroy(status);
    return o;
}

/* Notes a change if 'row' is not what the store has. */
static void
look_at_row(struct sync *s, const struct nvarec_object *row)
{
    const struct object *o = store_find_uuid(s->store, &row->header_.uuid);

    if (!o || o->rv != (uint64_t) row->resource_version) {
        struct object *new = object_from_row(row);

        if (new) {
            add_change(s, new, NULL);
        }
    }
}

static void
look_for_row(const struct object *o, void *s_)
{
    struct sync *s = s_;

    if (!nvarec_object_get_for_uuid(s->idl, &o->uuid)) {
        add_change(s, NULL, o);
    }
}

static void
collect_all(struct sync *s)
{
    const struct nvarec_object *row;

    NVAREC_OBJECT_FOR_EACH (row, s->idl) {
        look_at_row(s, row);
    }
    store_for_each(s->store, look_for_row, s);
}

static void
collect_tracked(struct sync *s)
{
    const struct nvarec_object *row;

    NVAREC_OBJECT_FOR_EACH_TRACKED (row, s->idl) {
        if (!nvarec_object_is_deleted(row)) {
            look_at_row(s, row);
        } else {
            const struct object *o;

            o = store_find_uuid(s->store, &row->header_.uuid);
            if (o) {
                look_for_row(o, s);
            }
        }
    }
}

static void
sort_changes(struct sync *s, int (*compare)(const void *, const void *))
{
    if (s->n) {
        qsort(s->changes, s->n, sizeof *s->changes, compare);
    }
}

static int
compare_names(const void *a_, const void *b_)
{
    const struct change *a = a_;
    const struct change *b = b_;

    return (a->new->kind != b->new->kind
            ? (a->new->kind < b->new->kind ? -1 : 1)
            : strcmp(a->new->name, b->new->name));
}

static int
compare_rvs(const void *a_, const void *b_)
{
    const struct change *a = a_;
    const struct change *b = b_;

    return a->rv < b->rv ? -1 : a->rv > b->rv;
}

/* Deletions last, those that must come early first. */
static int
compare_deadlines(const void *a_, const void *b_)
{
    const struct change *a = a_;
    const struct change *b = b_;

    if (!a->new != !b->new) {
        return a->new ? -1 : 1;
    }
    return (a->new ? compare_rvs(a, b)
            : a->before < b->before ? -1 : a->before > b->before);
}

/* Whether one of the first 'n' changes, sorted, has 'rv'. */
static bool
is_used(const struct sync *s, size_t n, uint64_t rv)
{
    struct change key = { .rv = rv };

    return n && bsearch(&key, s->changes, n, sizeof key, compare_rvs);
}

/* If the name of a deleted object is in use again, the deletion came first. */
static void
find_deadlines(struct sync *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct object *new = s->changes[i].new;
        const struct object *o;

        o = new ? store_find(s->store, new->kind, new->name) : NULL;
        if (o && !uuid_equals(&o->uuid, &new->uuid)) {
            for (size_t j = 0; j < s->n; j++) {
                if (s->changes[j].old == o) {
                    s->changes[j].before = new->rv;
                }
            }
        }
    }
}

/* Gives each deletion a number in first..last that no other change has.
 * Returns false if there is none, or if the numbers of the other changes are
 * not unique or not in that range. */
static bool
find_rvs(struct sync *s, uint64_t first, uint64_t last)
{
    size_t n = 0;

    find_deadlines(s);
    sort_changes(s, compare_deadlines);
    for (; n < s->n && s->changes[n].new; n++) {
        uint64_t rv = s->changes[n].rv;

        if (rv < first || rv > last || (n && rv == s->changes[n - 1].rv)) {
            return false;
        }
    }

    /* Deletions with a deadline get numbers from below, the others from above:
     * then a single deletion gets the number that it really had. */
    for (size_t i = n; i < s->n; i++) {
        struct change *c = &s->changes[i];
        bool early = c->before != UINT64_MAX;
        uint64_t *next = early ? &first : &last;

        while (first <= last && is_used(s, n, *next)) {
            *next += early ? 1 : -1;
        }
        if (first > last || *next >= c->before) {
            return false;
        }
        c->rv = *next;
        *next += early ? 1 : -1;
    }
    return true;
}

static void
apply(struct sync *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct change *c = &s->changes[i];

        if (c->new) {
            store_put(s->store, c->new);
        } else {
            store_remove(s->store, c->old, c->rv);
        }
    }
}

/* 'last' is the number of the last change in the database. */
static void
apply_in_order(struct sync *s, uint64_t last)
{
    uint64_t first = store_get_rv(s->store) + 1;

    if (find_rvs(s, first, last)) {
        sort_changes(s, compare_rvs);
        apply(s);
        store_set_rv(s->store, last);
    } else {
        VLOG_WARN("the database has changes that we did not make: all "
                  "watches start again");
        /* Deletions first, so that no name is taken. */
        for (size_t i = 0; i < s->n; i++) {
            s->changes[i].rv = s->changes[i].new ? 1 : 0;
        }
        sort_changes(s, compare_rvs);
        apply(s);
        store_forget_history(s->store, MAX(first, last));
    }
}

void
db_sync(struct ovsdb_idl *idl, struct store *store)
{
    const struct nvarec_nva *nva = nvarec_nva_first(idl);
    struct sync s = { .idl = idl, .store = store };

    if (!nva) {
        /* Not initialized yet.  When it is, that row will be new. */
    } else if (!store_is_loaded(store)) {
        collect_all(&s);
        sort_changes(&s, compare_names);
        apply(&s);
        store_set_loaded(store, nva->resource_version);
        VLOG_INFO("%"PRIuSIZE" objects in the database, resourceVersion "
                  "%"PRIu64, s.n, store_get_rv(store));
    } else {
        uint64_t last = nva->resource_version;

        if (nvarec_nva_is_new(nva)) {
            collect_all(&s);
        } else {
            collect_tracked(&s);
        }
        if (s.n || last != store_get_rv(store)) {
            apply_in_order(&s, last);
        }
    }
    free(s.changes);
    ovsdb_idl_track_clear(idl);
}
