/* What ovs-vswitchd prints: datapath flows, upcalls, counters. */

#include <config.h>

#include "agent/poison/dp-drops.h"

#include <stdlib.h>

#include "svec.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

void
fuzz_one(const uint8_t *data, size_t n)
{
    char *text = fuzz_to_string(data, n);
    struct svec names = SVEC_EMPTY_INITIALIZER;
    unsigned long long int counter;
    struct dp_drop drops[4];
    bool sure;

    dp_drops_parse_counter(text, &counter);
    dp_drops_parse_upcalls(text, &names);
    svec_destroy(&names);
    ovs_assert(dp_drops_parse_flows(text, drops, ARRAY_SIZE(drops), &sure)
               <= ARRAY_SIZE(drops));
    free(text);
}
