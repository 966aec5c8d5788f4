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

/* The way to the value that is being looked at.  It becomes text only if it is
 * to be reported: most objects have nothing unknown. */
struct step {
    const struct step *up;          /* NULL: this is the whole object. */
    const char *name;               /* Of a member; NULL: an element. */
    size_t index;                   /* Of an element. */
};

struct walk {
    bool is_patch;
    struct svec *found;
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

static void
format_path(const struct step *step, struct ds *s)
{
    if (step->up) {
        format_path(step->up, s);
        if (step->name) {
            ds_put_format(s, "%s%s", s->length ? "." : "", step->name);
        } else {
            ds_put_format(s, "[%"PRIuSIZE"]", step->index);
        }
    }
}

static void
report(struct walk *w, const struct step *step)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    if (w->found->n < RESOURCE_MEMBERS_MAX) {
        format_path(step, &s);
        ds_truncate(&s, utf8_cut(ds_cstr(&s), MAX_PATH_SHOWN));
        svec_add_nocopy(w->found, ds_steal_cstr(&s));
    }
}

static void
walk(struct walk *w, const struct member *members, const struct json *json,
     const struct step *up)
{
    const struct shash_node *node;

    if (json->type == JSON_ARRAY) {
        for (size_t i = 0; i < json->array.n; i++) {
            struct step step = { .up = up, .index = i };

            walk(w, members, json->array.elems[i], &step);
        }
    } else if (json->type == JSON_OBJECT) {
        SHASH_FOR_EACH (node, json->object) {
            const struct member *m = find_member(members, node->name);
            const struct json *value = node->data;
            struct step step = { .up = up, .name = node->name };

            if (m && m->members) {
                walk(w, m->members, value, &step);
            } else if (!m && !(w->is_patch && value->type == JSON_NULL)) {
                report(w, &step);
            }
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
    struct walk w = { .is_patch = is_patch, .found = &found };
    struct step whole = { .up = NULL };

    walk(&w, m->members, json, &whole);
    svec_sort(&found);
    svec_append(paths, &found);
    svec_destroy(&found);
}
