/* Router solicitations. */

#include <config.h>

#include "lib/nd-ra.h"

#include "tests/fuzz/fuzz.h"
#include "util.h"

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct nd_rs rs;

    if (!nd_rs_parse(data, n, &rs)) {
        /* Ethernet and IPv6 headers, and the solicitation. */
        ovs_assert(n >= 14 + 40 + 8);
    }
}
