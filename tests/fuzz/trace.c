/* What ovs-vswitchd prints: traces. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/trace-parse.h"
#include "lib/trace-pass.h"
#include "svec.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

static void
check_trace(const char *text)
{
    struct trace trace;

    trace_parse(text, &trace);
    trace_is_dropped(&trace);
    for (size_t i = 0; i < trace.n_tunnels; i++) {
        uint8_t bytes[260];
        size_t n = trace_tunnel_compose(&trace.tunnels[i], bytes,
                                        sizeof bytes);

        ovs_assert(n <= sizeof bytes);
    }
    trace_destroy(&trace);
}

/* The passes are the whole text. */
static void
check_passes(const char *text)
{
    struct svec passes = SVEC_EMPTY_INITIALIZER;
    char *joined;

    trace_pass_split(text, &passes);
    joined = svec_join(&passes, "", "");
    ovs_assert(!strcmp(joined, text));
    free(joined);
    for (size_t i = 0; i < passes.n; i++) {
        free(trace_pass_get_tracked(passes.names[i], 20, i & 1, i & 2));
        free(trace_pass_get_options(passes.names[i]));
    }
    svec_destroy(&passes);
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    char *text = fuzz_to_string(data, n);

    check_trace(text);
    check_passes(text);
    free(text);
}
