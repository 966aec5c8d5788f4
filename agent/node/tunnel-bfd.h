/* BFD on a tunnel port (RFC 5880): whether packets come from the other end,
 * and whether that end says that it serves as a gateway. */
#ifndef GA_TUNNEL_BFD_H
#define GA_TUNNEL_BFD_H 1

#include <stdbool.h>
#include <stdint.h>

struct vswrec_interface;

/* How it is to run. */
struct tunnel_bfd {
    unsigned int interval;          /* Between packets, both ways: ms. */
    unsigned int multiplier;        /* So many are lost until it is down. */
    bool path_down;                 /* We tell the other end that nothing can
                                     * go on from here ("concatenated path
                                     * down"). */
};

enum tunnel_bfd_state {
    TUNNEL_BFD_OFF,                 /* It does not run. */
    TUNNEL_BFD_DOWN,                /* No packets come, or not ours go. */
    TUNNEL_BFD_PATH_DOWN,           /* They do, but the other end says that
                                     * nothing can go on from there. */
    TUNNEL_BFD_UP,
};

/* Makes the row's BFD what is wanted; NULL: none, if it was the agent that had
 * started it (external_ids:nve-bfd), else what somebody else made it.  Returns
 * whether there was anything to write. */
bool tunnel_bfd_write(const struct vswrec_interface *,
                      const struct tunnel_bfd *);

/* Tells the other end that nothing can go on from here, if it was the agent
 * that had started BFD, and the port is still its own.  Returns whether there
 * was anything to write. */
bool tunnel_bfd_write_path_down(const struct vswrec_interface *);

/* Makes the outer DSCP of what the port sends 'dscp' (options:tos); 0: none,
 * if it was the agent that had set it (external_ids:nve-bfd-dscp).  Returns
 * whether there was anything to write. */
bool tunnel_bfd_write_dscp(const struct vswrec_interface *, uint8_t dscp);

/* Whether nobody else has set options of the port.  If somebody has, what it
 * sends is that one's business, and tunnel_bfd_write_dscp() does nothing. */
bool tunnel_bfd_may_mark(const struct vswrec_interface *);

/* Returns what the row says of it. */
enum tunnel_bfd_state tunnel_bfd_read(const struct vswrec_interface *);

/* Whether the row's BFD says that packets do not come any more, so that
 * somebody should look.  A session that the agent has started and that has
 * never been up does not: the other end starts one when it has an endpoint of
 * the VPC plugged in, which may be never. */
bool tunnel_bfd_is_broken(const struct vswrec_interface *);

#endif /* agent/node/tunnel-bfd.h */
