/* Members of JSON objects that are there twice.
 *
 * A scan from left to right.  The text is known to be JSON that is nested no
 * deeper than JSON_UTIL_MAX_NESTING.  Names are compared unescaped: "\u0061"
 * is "a". */

#include <config.h>

#include "lib/json-doubles.h"

#include <string.h>

#include "lib/json-util.h"
#include "lib/utf8.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "sset.h"
#include "svec.h"
#include "util.h"

#define MAX_PATH_SHOWN 200          /* Bytes. */

/* An object or array that the scan is in. */
struct level {
    bool is_object;
    size_t index;                   /* Of the element; arrays only. */
    struct sset names;              /* Members so far; objects only. */
    size_t path_len;                /* Of the path of the level itself. */
};

struct scan {
    struct level levels[JSON_UTIL_MAX_NESTING + 1];
    int depth;                      /* How many 'levels' there are. */
    struct ds path;                 /* Of the value that comes next. */
    struct svec *found;
    size_t max;                     /* So many more. */
};

static struct level *
top(struct scan *s)
{
    return s->depth ? &s->levels[s->depth - 1] : NULL;
}

static void
set_element(struct scan *s)
{
    ds_truncate(&s->path, top(s)->path_len);
    ds_put_format(&s->path, "[%"PRIuSIZE"]", top(s)->index);
}

static void
push(struct scan *s, bool is_object)
{
    struct level *level = &s->levels[s->depth++];

    ovs_assert((size_t) s->depth <= ARRAY_SIZE(s->levels));
    level->is_object = is_object;
    level->index = 0;
    level->path_len = s->path.length;
    if (is_object) {
        sset_init(&level->names);
    } else {
        set_element(s);
    }
}

static void
pop(struct scan *s)
{
    struct level *level = top(s);

    ds_truncate(&s->path, level->path_len);
    if (level->is_object) {
        sset_destroy(&level->names);
    }
    s->depth--;
}

/* Adds the path to what was found. */
static void
report(struct scan *s)
{
    const char *path = ds_cstr(&s->path);

    if (s->max) {
        s->max--;
        svec_add_nocopy(s->found,
                        xmemdup0(path, utf8_cut(path, MAX_PATH_SHOWN)));
    }
}

/* The string of 'n' bytes is the name of a member. */
static void
take_name(struct scan *s, const char *string, size_t n)
{
    struct level *level = top(s);
    char *name;

    if (memchr(string, '\\', n)) {
        if (!json_string_unescape(string, n, &name)) {
            free(name);             /* An error message. */
            name = xmemdup0(string, n);
        }
    } else {
        name = xmemdup0(string, n);
    }
    ds_truncate(&s->path, level->path_len);
    ds_put_format(&s->path, "%s%s", level->path_len ? "." : "", name);
    if (!sset_add(&level->names, name)) {
        report(s);
    }
    free(name);
}

/* The length of the string at 'p', which begins after the quote. */
static size_t
string_length(const char *p, const char *end)
{
    const char *q = p;

    while (q < end && *q != '"') {
        q += *q == '\\' ? 2 : 1;
    }
    return MIN(q, end) - p;
}

void
json_doubles_find(const char *text, size_t n, size_t max,
                  struct svec *paths)
{
    struct scan s = { .path = DS_EMPTY_INITIALIZER, .found = paths,
                      .max = max };
    const char *end = text + n;
    bool name_next = false;

    for (const char *p = text; p < end; p++) {
        if (*p == '"') {
            size_t len = string_length(p + 1, end);

            if (name_next) {
                take_name(&s, p + 1, len);
                name_next = false;
            }
            p += len + 1;
        } else if (*p == '{' || *p == '[') {
            push(&s, *p == '{');
            name_next = *p == '{';
        } else if ((*p == '}' || *p == ']') && s.depth) {
            pop(&s);
            name_next = false;
        } else if (*p == ',' && s.depth) {
            name_next = top(&s)->is_object;
            if (!name_next) {
                top(&s)->index++;
                set_element(&s);
            }
        }
    }
    while (s.depth) {
        pop(&s);
    }
    ds_destroy(&s.path);
}
