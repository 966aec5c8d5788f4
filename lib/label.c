/* Labels: what their keys and values may be. */

#include <config.h>

#include "lib/label.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/resource-name.h"
#include "util.h"

#define MAX_WORD_LEN 63

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

bool
label_value_is_valid(const char *value)
{
    return !value[0] || word_is_valid(value);
}
