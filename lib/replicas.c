/* The limits of Open vSwitch that bound replication, as arithmetic.
 *
 * A packet is translated to one list of datapath actions, with all its copies
 * in it.  Two limits apply:
 *
 *   - Beyond 64 KiB of datapath actions the translation stops: the remaining
 *     copies are not made, there is no error, and each such packet goes
 *     through ovs-vswitchd.  A copy in a tunnel costs its outer headers, its
 *     options, and what is around them.  Measured with Open vSwitch 3.1.0:
 *     userspace datapath over IPv6 with 44 option bytes, 442 copies in 64 KiB,
 *     148 bytes each; kernel's over IPv4 with 252, 208 copies, 315 bytes each.
 *   - Beyond 4096 resubmits the packet is dropped, with an error.  A copy by a
 *     further plan needs most resubmits, four.
 *
 * The figures below leave enough room that neither limit is reached.
 *
 * The kernel's datapath (Linux 6.1) takes flows of up to 32 KiB: with more,
 * all copies are made, but each packet goes through ovs-vswitchd.  That is
 * slow but correct, so it is no limit here. */

#include <config.h>

#include "lib/replicas.h"

#include "util.h"

/* What the list may have, with some room for what comes before the copies. */
#define MAX_BYTES (65535 - 1024)
#define MAX_RESUBMITS (4096 - 96)

/* A copy for a remote, without options: 104 over IPv6, and a further plan's
 * reset of the packet's mark. */
#define REMOTE_BYTES 116
#define REMOTE_RESUBMITS 5

/* A copy for an endpoint here, which may be tracked. */
#define LOCAL_BYTES 128
#define LOCAL_RESUBMITS 6

size_t
replicas_max(size_t n_local, unsigned int option_bytes)
{
    size_t bytes = n_local * LOCAL_BYTES;
    size_t resubmits = n_local * LOCAL_RESUBMITS;

    if (bytes >= MAX_BYTES || resubmits >= MAX_RESUBMITS) {
        return 0;
    }
    return MIN((MAX_BYTES - bytes) / (REMOTE_BYTES + option_bytes),
               (MAX_RESUBMITS - resubmits) / REMOTE_RESUBMITS);
}
