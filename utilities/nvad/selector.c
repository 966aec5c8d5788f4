/* Selectors, as the Kubernetes API writes them.
 *
 *     labels:  a=b, a==b, a!=b, a in (b,c), a notin (b,c), a, !a
 *     fields:  metadata.name=b, spec.vpc==b, spec.vpc!=b
 *
 * Several are separated by commas, and all must hold.  A label that is absent
 * satisfies != and notin.  A parser by hand, from left to right; errors give
 * the position.
 *
 * A list compares every object of its kind with every term, so the number of
 * terms is limited, and so is what a watch keeps: the number of values. */

#include <config.h>

#include "utilities/nvad/selector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"
#include "utilities/nvad/object.h"

#define MAX_TERMS 32
#define MAX_VALUES 1000             /* Of all terms together. */
#define SHOWN 80                    /* Bytes of a selector in messages. */

/* What is being parsed. */
struct cursor {
    const char *start, *p;
    enum resource_kind kind;        /* Of the objects to select from. */
    size_t n_values;
    char *error;                    /* The first, or NULL. */
};

static void OVS_PRINTF_FORMAT(2, 3)
fail(struct cursor *c, const char *format, ...)
{
    if (!c->error) {
        va_list args;

        va_start(args, format);
        char *s = xvasprintf(format, args);
        va_end(args);
        c->error = xasprintf("\"%.*s%s\", position %"PRIuPTR": %s",
                             SHOWN, c->start,
                             strlen(c->start) > SHOWN ? "..." : "",
                             (uintptr_t) (c->p - c->start) + 1, s);
        free(s);
    }
}

static void
skip_spaces(struct cursor *c)
{
    c->p += strspn(c->p, " \t");
}

/* If 'token' comes next, consumes it and returns true. */
static bool
eat(struct cursor *c, const char *token)
{
    skip_spaces(c);
    size_t n = strlen(token);
    if (strncmp(c->p, token, n)) {
        return false;
    }
    c->p += n;
    return true;
}

/* Reads the key or value of a label, which may be empty, for the caller to
 * free. */
static char *
parse_word(struct cursor *c)
{
    skip_spaces(c);
    size_t n = strspn(c->p, "abcdefghijklmnopqrstuvwxyz"
                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./");
    char *word = xmemdup0(c->p, n);
    c->p += n;
    return word;
}

static struct selector_term *
add_term(struct cursor *c, struct selector *s)
{
    if (s->n >= MAX_TERMS) {
        fail(c, "more than %d terms", MAX_TERMS);
    }
    if (s->n >= s->allocated) {
        s->terms = x2nrealloc(s->terms, &s->allocated, sizeof *s->terms);
    }

    struct selector_term *t = &s->terms[s->n++];
    t->what = SELECTOR_LABEL;
    t->req.key = NULL;
    t->req.op = LABEL_EXISTS;
    svec_init(&t->req.values);
    return t;
}

static void
parse_value(struct cursor *c, struct selector_term *t)
{
    char *word = parse_word(c);

    if (strchr(word, '/')) {
        fail(c, "\"%.*s\" is not a value", SHOWN, word);
    }
    if (++c->n_values > MAX_VALUES) {
        fail(c, "more than %d values", MAX_VALUES);
    }
    svec_add_nocopy(&t->req.values, word);
}

static void
parse_set(struct cursor *c, struct selector_term *t)
{
    if (!eat(c, "(")) {
        fail(c, "\"(\" expected");
        return;
    }
    do {
        parse_value(c, t);
    } while (!c->error && eat(c, ","));
    svec_sort_unique(&t->req.values);
    if (!eat(c, ")")) {
        fail(c, "\",\" or \")\" expected");
    }
}

/* Parses what follows a key. */
static void
parse_operator(struct cursor *c, struct selector_term *t)
{
    skip_spaces(c);
    if (eat(c, "!=")) {
        t->req.op = LABEL_NOT_IN;
        parse_value(c, t);
    } else if (eat(c, "==") || eat(c, "=")) {
        t->req.op = LABEL_IN;
        parse_value(c, t);
    } else if (*c->p && *c->p != ',') {
        char *word = parse_word(c);

        if (!strcmp(word, "in") || !strcmp(word, "notin")) {
            t->req.op = word[0] == 'i' ? LABEL_IN : LABEL_NOT_IN;
            parse_set(c, t);
        } else {
            fail(c, "one of = == != in notin expected");
        }
        free(word);
    }
}

static void
parse_label_term(struct cursor *c, struct selector *s)
{
    struct selector_term *t = add_term(c, s);
    bool negated = eat(c, "!");

    t->req.key = parse_word(c);
    if (!t->req.key[0]) {
        fail(c, "a label's key expected");
    } else if (negated) {
        t->req.op = LABEL_NOT_EXISTS;
    } else {
        parse_operator(c, t);
    }
}

static bool
find_field(const char *field, enum resource_kind kind,
           enum selector_subject *what)
{
    if (!strcmp(field, "metadata.name")) {
        *what = SELECTOR_NAME;
    } else if (!strcmp(field, "spec.vpc") && resource_kind_has_vpc(kind)) {
        *what = SELECTOR_VPC;
    } else {
        return false;
    }
    return true;
}

static void
parse_field_term(struct cursor *c, struct selector *s)
{
    struct selector_term *t = add_term(c, s);
    char *field = parse_word(c);

    if (!find_field(field, c->kind, &t->what)) {
        fail(c, "\"%.*s\" is not a field that selectors can use: only "
             "metadata.name is, and spec.vpc where it exists",
             SHOWN, field);
    } else {
        parse_operator(c, t);
        if (t->req.op != LABEL_IN && t->req.op != LABEL_NOT_IN) {
            fail(c, "= or == or != expected");
        }
    }
    free(field);
}

static char *
parse(struct selector *s, enum resource_kind kind, const char *text,
      void (*parse_term)(struct cursor *, struct selector *))
{
    struct cursor c = { .start = text, .p = text, .kind = kind };

    skip_spaces(&c);
    if (!*c.p) {
        return NULL;                /* Empty selects everything. */
    }
    do {
        parse_term(&c, s);
    } while (!c.error && eat(&c, ","));
    skip_spaces(&c);
    if (*c.p) {
        fail(&c, "\",\" expected");
    }
    return c.error;
}

char *
selector_add_labels(struct selector *s, const char *text)
{
    /* Labels are the same for all kinds. */
    return parse(s, RES_N_KINDS, text, parse_label_term);
}

char *
selector_add_fields(struct selector *s, enum resource_kind kind,
                    const char *text)
{
    return parse(s, kind, text, parse_field_term);
}

void
selector_move(struct selector *dst, struct selector *src)
{
    *dst = *src;
    *src = (struct selector) SELECTOR_INITIALIZER;
}

void
selector_destroy(struct selector *s)
{
    for (size_t i = 0; i < s->n; i++) {
        label_requirement_destroy(&s->terms[i].req);
    }
    free(s->terms);
}

static const char *
get_subject(const struct selector_term *t, const struct object *o)
{
    return (t->what == SELECTOR_NAME ? o->name
            : t->what == SELECTOR_VPC ? o->vpc
            : smap_get(&o->labels, t->req.key));
}

bool
selector_matches(const struct selector *s, const struct object *o)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct selector_term *t = &s->terms[i];

        if (!label_requirement_matches(&t->req, get_subject(t, o))) {
            return false;
        }
    }
    return true;
}

bool
selector_is_empty(const struct selector *s)
{
    return !s->n;
}

/* The value that the term asks for, if it is about one only, else NULL. */
static const char *
get_only_value(const struct selector_term *t)
{
    return (t->req.op == LABEL_IN && t->req.values.n == 1
            ? t->req.values.names[0] : NULL);
}

const char *
selector_get_name(const struct selector *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const char *name = get_only_value(&s->terms[i]);

        if (s->terms[i].what == SELECTOR_NAME && name) {
            return name;
        }
    }
    return NULL;
}

static bool
get_key(const struct selector_term *t, enum object_key *key)
{
    if (t->what == SELECTOR_VPC) {
        *key = OBJECT_VPC;
    } else if (t->what != SELECTOR_LABEL) {
        return false;
    } else if (!strcmp(t->req.key, RESOURCE_LABEL_VPC)) {
        *key = OBJECT_VPC_LABEL;
    } else if (!strcmp(t->req.key, RESOURCE_LABEL_NVE)) {
        *key = OBJECT_NVE_LABEL;
    } else {
        return false;
    }
    return true;
}

bool
selector_get_part(const struct selector *s, struct object_part *part)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct selector_term *t = &s->terms[i];

        part->value = get_only_value(t);
        if (part->value && get_key(t, &part->key)) {
            return true;
        }
    }
    return false;
}
