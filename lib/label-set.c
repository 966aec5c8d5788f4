/* Label sets: how a set is written.
 *
 * Endpoints with the same set get the same policy label, so if two sets were
 * written alike, one would get what is allowed to the other.  Nothing ensures
 * that labels follow Kubernetes' rules (objects may come from files, too),
 * hence the escapes. */

#include <config.h>

#include "lib/label-set.h"

#include <stdlib.h>
#include <string.h>

#include "lib/label.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"

static void
put_escaped(struct ds *s, const char *word)
{
    for (; *word; word++) {
        unsigned char c = *word;

        if (c < ' ' || c == 0x7f || strchr("%=,", c)) {
            ds_put_format(s, "%%%02X", c);
        } else {
            ds_put_char(s, c);
        }
    }
}

char *
label_set_to_string(const struct smap *labels)
{
    const struct smap_node **sorted = smap_sort(labels);
    size_t n = smap_count(labels);
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < n; i++) {
        if (!label_is_own(sorted[i]->key)) {
            if (s.length) {
                ds_put_char(&s, ',');
            }
            put_escaped(&s, sorted[i]->key);
            ds_put_char(&s, '=');
            put_escaped(&s, sorted[i]->value);
        }
    }
    free(sorted);
    return ds_steal_cstr(&s);
}

/* Undoes put_escaped() for the 'n' bytes at 'word'; NULL if nothing is written
 * that way. */
static char *
unescape(const char *word, size_t n)
{
    char *s = xmalloc(n + 1);
    size_t len = 0;

    for (size_t i = 0; i < n; i++) {
        if (word[i] == '%') {
            bool ok = i + 2 < n;
            unsigned int c = ok ? hexits_value(&word[i + 1], 2, &ok) : 0;

            if (!ok || !c) {
                free(s);
                return NULL;
            }
            s[len++] = c;
            i += 2;
        } else {
            s[len++] = word[i];
        }
    }
    s[len] = '\0';
    return s;
}

static bool
add_label(const char *text, size_t n, struct smap *labels)
{
    const char *equals = memchr(text, '=', n);
    char *key, *value;

    if (!equals) {
        return false;
    }
    key = unescape(text, equals - text);
    value = unescape(equals + 1, n - (equals + 1 - text));
    if (!key || !value || smap_get(labels, key)) {
        free(key);
        free(value);
        return false;
    }
    smap_add_nocopy(labels, key, value);
    return true;
}

bool
label_set_from_string(const char *s, struct smap *labels)
{
    char *again;
    bool same;

    for (const char *at = s; *at; ) {
        size_t n = strcspn(at, ",");

        if (!add_label(at, n, labels)) {
            return false;
        }
        at += n + (at[n] == ',');
    }
    again = label_set_to_string(labels);
    same = !strcmp(again, s);
    free(again);
    return same;
}
