/* A page of a list, from whoever says to be the controller. */

#include <config.h>

#include "agent/controller/list-page.h"

#include <stdlib.h>

#include "tests/fuzz/fuzz-kind.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct list_page page;
    char *error = list_page_parse((const char *) data, n,
                                  fuzz_kind_find(data, n), &page);

    if (error) {
        free(error);
        return;
    }
    ovs_assert(page.version);
    for (size_t i = 0; i < page.n_items; i++) {
        ovs_assert(!page.items[i].json != !page.items[i].endpoint);
    }
    list_page_destroy(&page);
}
