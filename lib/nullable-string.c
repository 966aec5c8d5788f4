/* Most of what the agent keeps as text, such as a problem or a note, is
 * rewritten far more often than it changes. */

#include <config.h>

#include "lib/nullable-string.h"

#include <stdlib.h>

#include "util.h"

bool
nullable_string_replace(char **s, char *new)
{
    bool changed = !nullable_string_is_equal(*s, new);

    free(*s);
    *s = new;
    return changed;
}
