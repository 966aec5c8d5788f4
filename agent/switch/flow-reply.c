/* Flows as the switch reports them: see flow-reply.h.
 *
 * The switch encodes what it has with the same functions as we do what we want
 * (desired-flow.c), so on a connection of the same version its bytes are ours,
 * and decoding them only to encode them again takes nine tenths of the time
 * that reading flows takes.  Tunnel options are the exception: the switch pads
 * their values to the length that they have in its map. */

#include <config.h>

#include "agent/switch/flow-reply.h"

#include <string.h>

#include "agent/switch/desired-flow.h"
#include "byte-order.h"
#include "openflow/openflow.h"
#include "openvswitch/ofp-msgs.h"
#include "openvswitch/ofpbuf.h"
#include "util.h"

/* The first three bytes of a tunnel option's OXM header: class 0x0001 and
 * a field number from 40 to 103, with a bit below it. */
#define TLV_CLASS_HI 0x00
#define TLV_CLASS_LO 0x01
#define TLV_FIRST (40 << 1)
#define TLV_LAST (103 << 1 | 1)

static bool
is_option(const uint8_t *header)
{
    return (header[0] == TLV_CLASS_HI && header[1] == TLV_CLASS_LO
            && header[2] >= TLV_FIRST && header[2] <= TLV_LAST);
}

/* Whether the match at 'p', which has its length in its second half-word,
 * names a tunnel option, or may do so because it is not well-formed. */
static bool
match_names_option(const uint8_t *p)
{
    const uint8_t *end = p + (p[2] << 8 | p[3]);

    for (p += 4; p < end; p += 4 + p[3]) {
        if (end - p < 4 || is_option(p)) {
            return true;
        }
    }
    return p != end;
}

/* Whether a tunnel option may be named in instructions.  Other bytes may look
 * like that, too, which does no harm. */
static bool
may_name_option(const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;

    for (p++; p + 1 < end; p++) {
        p = memchr(p, TLV_CLASS_LO, end - p - 1);
        if (!p) {
            return false;
        }
        if (is_option(p - 1)) {
            return true;
        }
    }
    return false;
}

/* Pulls the header of the message.  Returns whether it is one whose flows are
 * encoded as ours. */
static bool
is_like_ours(struct ofpbuf *msg)
{
    enum ofpraw raw;

    return (!(msg->header ? ofpraw_decode(&raw, msg->header)
              : ofpraw_pull(&raw, msg))
            && raw == OFPRAW_OFPST15_FLOW_REPLY);
}

/* Returns the length, with padding, of something of which 'len' bytes are
 * there, and which has its length without padding in its second half-word: 0
 * if it is not complete. */
static size_t
get_padded_len(const uint8_t *p, size_t len)
{
    size_t n;

    if (len < 4) {
        return 0;
    }
    n = p[2] << 8 | p[3];
    return n >= 4 && ROUND_UP(n, 8) <= len ? ROUND_UP(n, 8) : 0;
}

struct desired_flow *
flow_reply_pull(struct ofpbuf *msg)
{
    const struct ofp15_flow_desc *ofd;
    size_t length, match_len, stat_len;
    const uint8_t *match, *inst;
    struct desired_flow *flow;

    if (!is_like_ours(msg)) {
        return NULL;
    }
    ofd = ofpbuf_at(msg, 0, sizeof *ofd);
    length = ofd ? ntohs(ofd->length) : 0;
    if (length < sizeof *ofd || length > msg->size) {
        return NULL;
    }
    match = ALIGNED_CAST(const uint8_t *, ofd + 1);
    length -= sizeof *ofd;
    match_len = get_padded_len(match, length);
    stat_len = get_padded_len(match + match_len, length - match_len);
    if (!match_len || !stat_len || match[0] || match[1] != OFPMT_OXM) {
        return NULL;
    }
    inst = match + match_len + stat_len;
    length -= match_len + stat_len;
    if (match_names_option(match) || may_name_option(inst, length)) {
        return NULL;
    }
    flow = desired_flow_create_encoded(ofd->table_id, ntohs(ofd->priority),
                                       ntohll(ofd->cookie), match, match_len,
                                       inst, length);
    ofpbuf_pull(msg, ntohs(ofd->length));
    return flow;
}
