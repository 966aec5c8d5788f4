/* Printable text: see printable.h. */

#include <config.h>

#include "lib/printable.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/utf8.h"
#include "openvswitch/dynamic-string.h"

/* Control characters, and those that reorder or hide text. */
static bool
is_unprintable(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f)
           || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)
           || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == UINT32_MAX;
}

char *
printable_make(const char *text)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    ds_reserve(&ds, strlen(text));
    while (*text) {
        const char *start = text;
        uint32_t c = utf8_next(&text);

        if (c == '\n' || c == '\t') {
            ds_put_char(&ds, ' ');
        } else if (is_unprintable(c)) {
            ds_put_char(&ds, '?');
        } else {
            ds_put_buffer(&ds, start, text - start);
        }
    }
    return ds_steal_cstr(&ds);
}

char *
printable_make_nocopy(char *text)
{
    char *printable = text ? printable_make(text) : NULL;

    free(text);
    return printable;
}
