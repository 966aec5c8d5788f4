/* Label sets: which labels count, how a set is written.
 *
 * Endpoints with the same set get the same policy label, so two sets that
 * were written alike would share what was allowed to one of them.  Nobody
 * makes sure that labels follow Kubernetes' rules for them (files are read
 * here, too), hence the escapes. */

#include <config.h>

#include "lib/label-set.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/resource.h"
#include "openvswitch/dynamic-string.h"
#include "smap.h"
#include "util.h"

#define MAX_WORD_LEN 63

/* See the header. */
bool
label_is_own(const char *key)
{
    return !strncmp(key, RESOURCE_LABEL_PREFIX,
                    strlen(RESOURCE_LABEL_PREFIX));
}

static bool
is_alnum(char c)
{
    return isalnum((unsigned char) c) && (unsigned char) c < 0x80;
}

/* At most 63 letters, digits, '-', '_' and '.', with a letter or digit at
 * both ends. */
static bool
word_is_valid(const char *s)
{
    size_t n = strnlen(s, MAX_WORD_LEN + 1);

    if (!n || n > MAX_WORD_LEN || !is_alnum(s[0]) || !is_alnum(s[n - 1])) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_alnum(s[i]) && !strchr("-_.", s[i])) {
            return false;
        }
    }
    return true;
}

/* See the header. */
bool
label_key_is_valid(const char *key)
{
    const char *slash = strchr(key, '/');
    char *prefix;
    bool ok;

    if (!slash) {
        return word_is_valid(key);
    }
    prefix = xmemdup0(key, slash - key);
    ok = resource_name_is_valid(prefix) && word_is_valid(slash + 1);
    free(prefix);
    return ok;
}

/* See the header. */
bool
label_value_is_valid(const char *value)
{
    return !value[0] || word_is_valid(value);
}

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

/* See the header. */
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
