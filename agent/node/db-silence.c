/* A restart of ovsdb-server takes less than PATIENCE. */

#include <config.h>

#include "agent/node/db-silence.h"

#include <limits.h>

#define PATIENCE 5000               /* ms */

void
db_silence_update(struct db_silence *ds, bool is_connected,
                  unsigned int seqno, long long int now)
{
    if (!is_connected) {
        if (!ds->since) {
            ds->since = now;
        }
        ds->seqno = seqno;
    } else if (ds->since && seqno != ds->seqno) {
        ds->since = 0;
    }
}

long long int
db_silence_told_at(const struct db_silence *ds)
{
    return ds->since ? ds->since + PATIENCE : LLONG_MAX;
}
