/* Admission of received datagrams.
 *
 * lib/geneve.c judges the header.  What is added here is what an endpoint of
 * its own has to know: its VNIs, what they carry, and that options which its
 * table requires are there. */

#include <config.h>

#include "utilities/geneve-tap/tap-admit.h"

#include <stdlib.h>
#include <string.h>

#include "utilities/geneve-tap/tap-packet.h"

const char *
tap_drop_to_string(enum tap_drop drop)
{
    switch (drop) {
    case TAP_DROP_NONE: return "none";
    case TAP_DROP_CONTROL: return "control";
    case TAP_DROP_REQUIRED: return "required-missing";
    case TAP_DROP_VNI: return "unknown-vni";
    case TAP_DROP_PROTOCOL: return "protocol";
    case TAP_DROP_REMOTE: return "unknown-remote";
    case TAP_DROP_CONGESTION: return "congestion";
    case TAP_DROP_DEVICE: return "device";
    case TAP_DROP_TOO_BIG: return "too-big";
    case TAP_DROP_NO_REMOTE: return "no-remote";
    case TAP_DROP_MALFORMED: return "malformed";
    case TAP_DROP_BLOCKED: return "blocked";
    case TAP_DROP_SEND: return "send";
    case N_TAP_DROPS: abort();
    default: return geneve_fault_to_string((enum geneve_fault) drop);
    }
}

static bool
find_tunnel(const struct tap_admit *admit, uint32_t vni, size_t *tunnel)
{
    for (size_t i = 0; i < admit->n_tunnels; i++) {
        if (admit->vnis[i] == vni) {
            *tunnel = i;
            return true;
        }
    }
    return false;
}

static bool
has_required(const struct recv_table *table,
             const struct geneve_verdict *verdict)
{
    for (size_t i = 0; i < table->n_entries; i++) {
        bool found = !table->entries[i].required;

        for (size_t j = 0; !found && j < verdict->n_accepted; j++) {
            found = opt_key_equals(verdict->accepted[j]->key,
                                   table->entries[i].key);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* Judges the header.  Returns what tap_admit() does. */
static enum tap_drop
judge(struct tap_admit *admit, const uint8_t *p, size_t len, size_t *tunnel,
      size_t *payload)
{
    struct geneve_verdict verdict;
    struct geneve_header hdr;

    geneve_receive(p, len, &admit->policy, &hdr, &verdict);
    if (verdict.action == GENEVE_DROP) {
        return (enum tap_drop) verdict.fault;
    } else if (verdict.action == GENEVE_PUNT) {
        return TAP_DROP_CONTROL;
    } else if (!has_required(&admit->table, &verdict)) {
        return TAP_DROP_REQUIRED;
    } else if (!find_tunnel(admit, hdr.vni, tunnel)) {
        return TAP_DROP_VNI;
    }
    *payload = GENEVE_BASE_HLEN + hdr.opt_bytes;
    return TAP_DROP_NONE;
}

/* Whether 'mode' carries the payload, of Geneve's protocol type 'type'. */
static bool
carries(enum tap_mode mode, uint16_t type, const uint8_t *payload, size_t len)
{
    if (mode == TAP_MODE_ETHERNET) {
        return type == TAP_ETHERTYPE_ETHERNET && len >= TAP_ETH_HLEN;
    } else if (type == TAP_ETHERTYPE_IP) {
        return mode != TAP_MODE_IP6 && len >= 20 && payload[0] >> 4 == 4;
    } else {
        return (type == TAP_ETHERTYPE_IPV6 && mode != TAP_MODE_IP4
                && len >= 40 && payload[0] >> 4 == 6);
    }
}

enum tap_drop
tap_admit(struct tap_admit *admit, const uint8_t *p, size_t len,
          size_t *tunnel, size_t *payload)
{
    if (admit->last_len && len >= admit->last_len
        && !memcmp(p, admit->last, admit->last_len)) {
        *tunnel = admit->last_tunnel;
        *payload = admit->last_len;
    } else {
        enum tap_drop drop = judge(admit, p, len, tunnel, payload);

        if (drop != TAP_DROP_NONE) {
            return drop;
        }
        memcpy(admit->last, p, *payload);
        admit->last_len = *payload;
        admit->last_tunnel = *tunnel;
    }
    return (carries(admit->modes[*tunnel], tap_packet_get16(p + 2),
                    p + *payload, len - *payload)
            ? TAP_DROP_NONE : TAP_DROP_PROTOCOL);
}
