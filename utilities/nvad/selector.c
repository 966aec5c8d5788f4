/* Selectors, as the Kubernetes API writes them.
 *
 *     labels:  a=b, a==b, a!=b, a in (b,c), a notin (b,c), a, !a
 *     fields:  metadata.name=b, metadata.name==b, metadata.name!=b
 *
 * Several are separated by commas, and all must hold.  A label that is absent
 * satisfies != and notin.  A parser by hand, from left to right; errors give
 * the position. */

#include <config.h>

#include "utilities/nvad/selector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* What is being parsed. */
struct cursor {
    const char *start, *p;
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
        c->error = xasprintf("\"%s\", position %"PRIuPTR": %s", c->start,
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
add_term(struct selector *s)
{
    if (s->n >= s->allocated) {
        s->terms = x2nrealloc(s->terms, &s->allocated, sizeof *s->terms);
    }

    struct selector_term *t = &s->terms[s->n++];
    t->is_name = false;
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
        fail(c, "\"%s\" is not a value", word);
    }
    svec_add_nocopy(&t->req.values, word);
    svec_sort_unique(&t->req.values);
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
    } while (eat(c, ","));
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
    struct selector_term *t = add_term(s);
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

static void
parse_field_term(struct cursor *c, struct selector *s)
{
    struct selector_term *t = add_term(s);
    char *field = parse_word(c);

    t->is_name = true;
    if (strcmp(field, "metadata.name")) {
        fail(c, "\"%s\" is not a field that selectors can use: only "
             "metadata.name is", field);
    } else {
        parse_operator(c, t);
        if (t->req.op != LABEL_IN && t->req.op != LABEL_NOT_IN) {
            fail(c, "= or == or != expected");
        }
    }
    free(field);
}

static char *
parse(struct selector *s, const char *text,
      void (*parse_term)(struct cursor *, struct selector *))
{
    struct cursor c = { text, text, NULL };

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
    return parse(s, text, parse_label_term);
}

char *
selector_add_fields(struct selector *s, const char *text)
{
    return parse(s, text, parse_field_term);
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

bool
selector_matches(const struct selector *s, const char *name,
                 const struct smap *labels)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct selector_term *t = &s->terms[i];

        const char *value = (t->is_name ? name
                             : smap_get(labels, t->req.key));

        if (!label_requirement_matches(&t->req, value)) {
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

const char *
selector_get_name(const struct selector *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct selector_term *t = &s->terms[i];

        if (t->is_name && t->req.op == LABEL_IN && t->req.values.n == 1) {
            return t->req.values.names[0];
        }
    }
    return NULL;
}
