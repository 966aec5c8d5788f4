/* The smallest of many MTUs: a short sorted array of counts. */

#include <config.h>

#include "lib/mtu-counts.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void
mtu_counts_destroy(struct mtu_counts *mc)
{
    free(mc->counts);
    memset(mc, 0, sizeof *mc);
}

/* The index of the first count that is not below 'mtu'. */
static size_t
find(const struct mtu_counts *mc, int mtu)
{
    size_t i = 0;

    while (i < mc->n && mc->counts[i].mtu < mtu) {
        i++;
    }
    return i;
}

static void
count_in(struct mtu_counts *mc, int mtu)
{
    size_t i = find(mc, mtu);

    if (i < mc->n && mc->counts[i].mtu == mtu) {
        mc->counts[i].n++;
        return;
    }
    if (mc->n >= mc->allocated) {
        mc->counts = x2nrealloc(mc->counts, &mc->allocated,
                                sizeof *mc->counts);
    }
    memmove(&mc->counts[i + 1], &mc->counts[i],
            (mc->n - i) * sizeof *mc->counts);
    mc->counts[i] = (struct mtu_count) { .mtu = mtu, .n = 1 };
    mc->n++;
}

static void
count_out(struct mtu_counts *mc, int mtu)
{
    size_t i = find(mc, mtu);

    ovs_assert(i < mc->n && mc->counts[i].mtu == mtu);
    if (!--mc->counts[i].n) {
        mc->n--;
        memmove(&mc->counts[i], &mc->counts[i + 1],
                (mc->n - i) * sizeof *mc->counts);
    }
}

void
mtu_counts_change(struct mtu_counts *mc, int old, int new)
{
    if (new) {
        count_in(mc, new);
    }
    if (old) {
        count_out(mc, old);
    }
}

int
mtu_counts_min(const struct mtu_counts *mc)
{
    return mc->n ? mc->counts[0].mtu : 0;
}
