/* The words for what lib/negotiation.h has decided. */

#include <config.h>

#include "agent/show/explain-reason.h"

#include <stdlib.h>

#include "agent/model/encap.h"
#include "util.h"

char *
explain_reason_get_table_owner(const struct m_nve *nve)
{
    const char *name = nve->up.name;

    switch (nve->receive.source) {
    case NEG_SRC_ADVERTISED:
        return xasprintf("NVE %s, by its advertisement%s", name,
                         nve->receive.restricted
                         ? ", restricted by its spec.static" : "");
    case NEG_SRC_LAST_GOOD:
        return xasprintf("NVE %s, by its last good advertisement (the "
                         "present one is malformed)%s", name,
                         nve->receive.restricted
                         ? ", restricted by its spec.static" : "");
    case NEG_SRC_STATIC:
        return xasprintf("the operator, by spec.static of NVE %s", name);
    case NEG_SRC_MALFORMED:
        return xasprintf("NVE %s, whose only advertisement is malformed",
                         name);
    case NEG_SRC_NONE:
        return xasprintf("NVE %s, which has advertised nothing (a legacy "
                         "NVE)", name);
    case NEG_SRC_MULTICAST:
    default:
        return xstrdup("the underlay's multicast");
    }
}

/* Returns whose limit of options, or of option bytes if 'bytes', is the lowest
 * and what it is, for the caller to free. */
static char *
describe_limit(const struct m_encap *encap, bool bytes)
{
    const struct neg_limits *limits[] = {
        &encap->nve->receive.table.limits,
        &encap->nve->up.object->nve->transit,
    };
    int best = bytes ? GENEVE_MAX_OPT_BYTES : GENEVE_MAX_OPTIONS;
    const char *name = bytes ? "the Geneve header (RFC 8926, section 3.4)"
                             : "Open vSwitch";
    char *whose = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        int limit = (bytes ? limits[i]->max_option_bytes
                     : limits[i]->max_options);

        if (limit != NEG_NO_LIMIT && limit < best) {
            best = limit;
            free(whose);
            whose = (i == 0
                     ? xasprintf("what NVE %s can receive",
                                 encap->nve->up.name)
                     : xasprintf("spec.transit of NVE %s",
                                 encap->nve->up.name));
        }
    }

    char *s = xasprintf("%s allows %d %s", whose ? whose : name, best,
                        bytes ? "option bytes" : "options");
    free(whose);
    return s;
}

static char *
describe_unsupported(const struct m_nve *nve)
{
    size_t n = nve->receive.table.n_entries;
    const char *name = nve->up.name;

    if (nve->receive.source == NEG_SRC_NONE) {
        return xasprintf("NVE %s has advertised nothing, so nothing is known "
                         "about what it takes", name);
    } else if (n == 1) {
        return xasprintf("it is not the one option that NVE %s takes", name);
    } else {
        return xasprintf("it is not among the %"PRIuSIZE" options that NVE %s "
                         "takes", n, name);
    }
}

char *
explain_reason_describe(const struct m_encap *encap,
                        const struct resolved_option *option,
                        enum neg_reason reason)
{
    const char *name = encap->nve->up.name;
    const struct recv_entry *e;
    struct opt_key other = option->sender.key;
    char *limit, *s;

    switch (reason) {
    case NEG_DUPLICATE:
        return xasprintf("the profile names it twice");
    case NEG_INVALID_LENGTH:
        return xasprintf("its length %u is not a multiple of 4 up to 124 (RFC "
                         "8926, section 3.5)", option->sender.length);
    case NEG_MULTICAST:
        return xstrdup("packets by underlay multicast carry no options");
    case NEG_ENCAPSULATION:
        return xasprintf("packets go there by %s, which has no options",
                         encap->final.encapsulation->title);
    case NEG_TYPE_MISMATCH:
        other.type ^= 0x80;
        return xasprintf("NVE %s takes "OPT_KEY_FMT", which differs in the "
                         "critical bit and so is another option", name,
                         OPT_KEY_ARGS(other));
    case NEG_UNSUPPORTED:
        return describe_unsupported(encap->nve);
    case NEG_LENGTH:
        e = recv_table_find(&encap->nve->receive.table, option->sender.key);
        return xasprintf("it has %u bytes of data, and NVE %s takes %d to %d",
                         option->sender.length, name, e ? e->min_len : 0,
                         e ? e->max_len : 0);
    case NEG_MAX_OPTIONS:
    case NEG_MAX_BYTES:
        limit = describe_limit(encap, reason == NEG_MAX_BYTES);
        s = xasprintf("%s, and options of a better priority take them",
                      limit);
        free(limit);
        return s;
    case NEG_PLAN:
        return xstrdup("the TLV map has no room for it, or the order that "
                       "the remote wants would need one plan too many");
    default:
        OVS_NOT_REACHED();
    }
}
