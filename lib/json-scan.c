/* JSON read in place: see json-scan.h. */

#include <config.h>

#include "lib/json-scan.h"

#include <ctype.h>

#include "lib/utf8.h"
#include "util.h"

#define MAX_DIGITS 18               /* They fit an int64_t. */
#define MAX_NESTING 32              /* Of what is skipped. */

struct json_scan
json_scan_start(const char *text, size_t n)
{
    return (struct json_scan) { .p = text, .end = text + n };
}

bool
json_scan_give_up(struct json_scan *s)
{
    s->odd = true;
    s->p = s->end;
    return false;
}

static void
skip_space(struct json_scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\t'
                             || *s->p == '\r') && !s->canonical) {
        s->p++;
    }
}

bool
json_scan_at_end(struct json_scan *s)
{
    skip_space(s);
    return s->p == s->end && !s->odd;
}

bool
json_scan_is(struct json_scan *s, char first)
{
    skip_space(s);
    return s->p < s->end && *s->p == first;
}

/* Takes the character 'c', after white space, if it comes. */
static bool
take(struct json_scan *s, char c)
{
    bool is = json_scan_is(s, c);

    s->p += is;
    return is;
}

/* The same, of one that has to come. */
static bool
must_take(struct json_scan *s, char c)
{
    return take(s, c) || json_scan_give_up(s);
}

bool
json_scan_open(struct json_scan *s, char bracket)
{
    return must_take(s, bracket);
}

static bool
ascends(const struct json_slice *a, const struct json_slice *b)
{
    int order = memcmp(a->s, b->s, MIN(a->n, b->n));

    return order < 0 || (!order && a->n < b->n);
}

/* Reads the name of a member and the colon.  '*name' is that of the one
 * before, or all-zero. */
static bool
read_name(struct json_scan *s, struct json_slice *name)
{
    struct json_slice before = *name;

    if (!json_scan_string(s, name) || !must_take(s, ':')) {
        return false;
    }
    return (!s->canonical || !before.s || ascends(&before, name)
            || json_scan_give_up(s));
}

bool
json_scan_member(struct json_scan *s, struct json_slice *name)
{
    bool first = !name->s;

    if (take(s, '}')) {
        return false;
    }
    if (!first && !must_take(s, ',')) {
        return false;
    }
    return read_name(s, name);
}

bool
json_scan_element(struct json_scan *s, bool *first)
{
    if (take(s, ']')) {
        return false;
    }
    if (!*first && !must_take(s, ',')) {
        return false;
    }
    *first = false;
    if (json_scan_is(s, ']')) {
        return json_scan_give_up(s);
    }
    return s->p < s->end || json_scan_give_up(s);
}

/* Characters that stand for themselves in a string, and do not end it. */
static const bool is_plain[256] = {
    [' ' ... '!'] = true,
    ['#' ... '['] = true,
    [']' ... '~'] = true,
};

bool
json_scan_string(struct json_scan *s, struct json_slice *slice)
{
    const char *p;

    if (!must_take(s, '"')) {
        return false;
    }
    for (p = s->p; p < s->end && is_plain[(unsigned char) *p]; p++) {
        continue;
    }
    if (p == s->end || *p != '"') {
        return json_scan_give_up(s);
    }
    *slice = (struct json_slice) { s->p, p - s->p };
    s->p = p + 1;
    return true;
}

bool
json_scan_integer(struct json_scan *s, int64_t *value)
{
    const char *start;
    bool minus = take(s, '-');
    int64_t x = 0;

    for (start = s->p; s->p < s->end && isdigit((unsigned char) *s->p);
         s->p++) {
        if (s->p - start >= MAX_DIGITS) {
            return json_scan_give_up(s);
        }
        x = x * 10 + (*s->p - '0');
    }
    if (s->p == start || (*start == '0' && (s->p - start > 1 || minus))
        || (s->p < s->end && strchr(".eE", *s->p))) {
        return json_scan_give_up(s);
    }
    *value = minus ? -x : x;
    return true;
}

static bool
take_word(struct json_scan *s, const char *word)
{
    size_t n = strlen(word);

    if ((size_t) (s->end - s->p) < n || memcmp(s->p, word, n)) {
        return json_scan_give_up(s);
    }
    s->p += n;
    return true;
}

bool
json_scan_null(struct json_scan *s)
{
    skip_space(s);
    return take_word(s, "null");
}

/* Goes past a string, with its escapes but for \u. */
static bool
skip_string(struct json_scan *s)
{
    struct json_slice slice;

    if (s->canonical) {
        return json_scan_string(s, &slice);
    }
    if (!must_take(s, '"')) {
        return false;
    }
    while (s->p < s->end && *s->p != '"') {
        unsigned char c = *s->p;
        size_t step = 1;

        if (c == '\\') {
            step = (s->end - s->p > 1 && s->p[1]
                    && strchr("\"\\/bfnrt", s->p[1]) ? 2 : 0);
        } else if (c >= 0x80) {
            step = utf8_sequence(s->p, s->end - s->p);
        } else if (c < 0x20) {
            step = 0;
        }
        if (!step) {
            return json_scan_give_up(s);
        }
        s->p += step;
    }
    return must_take(s, '"');
}

static bool skip_value(struct json_scan *, int depth);

/* As read_name(), but '*name' is of use only if the text is to be
 * canonical. */
static bool
skip_name(struct json_scan *s, struct json_slice *name)
{
    return (s->canonical ? read_name(s, name)
            : skip_string(s) && must_take(s, ':'));
}

static bool
skip_object(struct json_scan *s, int depth)
{
    struct json_slice name = { NULL, 0 };

    s->p++;
    if (take(s, '}')) {
        return true;
    }
    do {
        skip_space(s);
        if (!skip_name(s, &name) || !skip_value(s, depth)) {
            return false;
        }
    } while (take(s, ','));
    return must_take(s, '}');
}

static bool
skip_array(struct json_scan *s, int depth)
{
    s->p++;
    if (take(s, ']')) {
        return true;
    }
    do {
        if (!skip_value(s, depth)) {
            return false;
        }
    } while (take(s, ','));
    return must_take(s, ']');
}

static bool
skip_value(struct json_scan *s, int depth)
{
    int64_t number;

    skip_space(s);
    if (s->p == s->end || depth > MAX_NESTING) {
        return json_scan_give_up(s);
    }
    switch (*s->p) {
    case '{':
        return skip_object(s, depth + 1);
    case '[':
        return skip_array(s, depth + 1);
    case '"':
        return skip_string(s);
    case 'n':
        return take_word(s, "null");
    case 't':
        return take_word(s, "true");
    case 'f':
        return take_word(s, "false");
    default:
        return json_scan_integer(s, &number);
    }
}

bool
json_scan_skip(struct json_scan *s)
{
    return skip_value(s, 0);
}
