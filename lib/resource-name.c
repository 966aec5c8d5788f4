/* Names of objects.  The check makes no copy: it is done for every reference
 * in every object. */

#include <config.h>

#include "lib/resource-name.h"

#include <string.h>

#define MAX_NAME_LEN 253

static bool
is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool
resource_name_is_valid_n(const char *name, size_t n)
{
    if (!n || n > MAX_NAME_LEN) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        bool at_end = (i == 0 || i == n - 1
                       || name[i - 1] == '.' || name[i + 1] == '.');

        if (!is_lower_alnum(name[i])
            && (at_end || (name[i] != '-' && name[i] != '.'))) {
            return false;
        }
    }
    return true;
}

bool
resource_name_is_valid(const char *name)
{
    return resource_name_is_valid_n(name, strnlen(name, MAX_NAME_LEN + 1));
}
