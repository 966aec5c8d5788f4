/* See fuzz-kind.h. */

#include <config.h>

#include "tests/fuzz/fuzz-kind.h"

#include <string.h>

enum resource_kind
fuzz_kind_find(const uint8_t *data, size_t n)
{
    for (int i = 0; i < RES_N_KINDS; i++) {
        const char *kind = resource_get_class(i)->kind;

        if (memmem(data, n, kind, strlen(kind))) {
            return i;
        }
    }
    return RES_ENDPOINT;
}
