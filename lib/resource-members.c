/* Which members the objects of each kind can have.
 *
 * schemas/known-members makes the tree of them, from schemas/openapi.json.  An
 * array is passed through: its elements have the members. */

#include <config.h>

#include "lib/resource-members.h"

#include <string.h>

#include "lib/utf8.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "svec.h"
#include "util.h"

#define MAX_PATH_SHOWN 200          /* Bytes. */

/* A list of them ends with one without a name. */
struct member {
    const char *name;
    const struct member *members;   /* NULL: it may be anything. */
};

/* Defines 'kinds', which has each kind's members under its name. */
#include "schemas/members.inc"

struct walk {
    struct ds path;
    bool is_patch;
    struct svec *found;
    size_t n_found;
};

static const struct member *
find_member(const struct member *members, const char *name)
{
    for (; members->name; members++) {
        if (!strcmp(members->name, name)) {
            return members;
        }
    }
    return NULL;
}

/* Adds the path to what was found. */
static void
report(struct walk *w)
{
    const char *path = ds_cstr(&w->path);

    if (++w->n_found <= RESOURCE_MEMBERS_MAX) {
        svec_add_nocopy(w->found,
                        xmemdup0(path, utf8_cut(path, MAX_PATH_SHOWN)));
    }
}

static void
walk(struct walk *w, const struct member *members, const struct json *json)
{
    size_t len = w->path.length;
    const struct shash_node *node;

    if (json->type == JSON_ARRAY) {
        for (size_t i = 0; i < json->array.n; i++) {
            ds_put_format(&w->path, "[%"PRIuSIZE"]", i);
            walk(w, members, json->array.elems[i]);
            ds_truncate(&w->path, len);
        }
    } else if (json->type == JSON_OBJECT) {
        SHASH_FOR_EACH (node, json->object) {
            const struct member *m = find_member(members, node->name);
            const struct json *value = node->data;

            ds_put_format(&w->path, "%s%s", len ? "." : "", node->name);
            if (m && m->members) {
                walk(w, m->members, value);
            } else if (!m && !(w->is_patch && value->type == JSON_NULL)) {
                report(w);
            }
            ds_truncate(&w->path, len);
        }
    }
}

void
resource_members_find_unknown(enum resource_kind kind,
                              const struct json *json, bool is_patch,
                              struct svec *paths)
{
    const struct member *m = find_member(kinds,
                                         resource_get_class(kind)->kind);
    struct svec found = SVEC_EMPTY_INITIALIZER;
    struct walk w = { .path = DS_EMPTY_INITIALIZER, .is_patch = is_patch,
                      .found = &found };

    walk(&w, m->members, json);
    svec_sort(&found);
    svec_append(paths, &found);
    svec_destroy(&found);
    ds_destroy(&w.path);
}
