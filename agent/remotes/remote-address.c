/* Where packets to a remote are sent: see remote-address.h.
 *
 * We send to an address of the remote from our first address of the same
 * family; the remote may send to any of ours.  An address that another NVE
 * claims, too, and had first, is not used.
 *
 * Two nodes that have both families use the same one in both directions, so
 * that there is only one path between them: see choose_family(). */

#include <config.h>

#include "agent/remotes/remote-address.h"

#include "agent/agent.h"
#include "agent/model/model-nve.h"
#include "agent/model/model.h"
#include "packets.h"
#include "util.h"

static bool
is_ipv6(const struct in6_addr *ip)
{
    return !IN6_IS_ADDR_V4MAPPED(ip);
}

/* The families of some addresses. */
struct families {
    bool has_v4, has_v6;
    bool v6_first;                  /* The node prefers IPv6. */
};

/* Adds the family of another address. */
static void
families_add(struct families *families, const struct in6_addr *ip)
{
    bool v6 = is_ipv6(ip);

    families->v6_first |= v6 && !families->has_v4;
    families->has_v4 |= !v6;
    families->has_v6 |= v6;
}

static bool
nve_has_ip(const struct nve *def, const struct in6_addr *ip)
{
    for (size_t i = 0; i < def->n_underlay_ips; i++) {
        if (ipv6_addr_equals(&def->underlay_ips[i], ip)) {
            return true;
        }
    }
    return false;
}

/* Our NVE object, if it has one of our addresses, or NULL. */
static const struct nve *
get_published_self(const struct agent *agent)
{
    const struct m_nve *self = model_get_self(agent->model);
    const struct nve *def = self ? m_nve_get_def(self) : NULL;

    for (size_t i = 0; def && i < agent->n_encap_ips; i++) {
        if (nve_has_ip(def, &agent->encap_ips[i])) {
            return def;
        }
    }
    return NULL;
}

char *
remote_address_check_own(const struct agent *agent)
{
    const struct m_nve *self = model_get_self(agent->model);
    const struct nve *def = self ? m_nve_get_def(self) : NULL;
    const struct m_nve *rival = NULL;

    if (!def || !agent->n_encap_ips) {
        return NULL;
    }
    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        const struct in6_addr *ip = &agent->encap_ips[i];

        if (nve_has_ip(def, ip)) {
            if (m_nve_owns_ip(agent->model, self, ip)) {
                return NULL;
            }
            rival = m_nve_find_by_ip(agent->model, ip);
        }
    }
    if (rival) {
        return xasprintf("NVE %s has this node's underlay address, so others "
                         "send there: correct spec.underlay.ips of the wrong "
                         "one", rival->up.name);
    }
    return xstrdup("spec.underlay.ips does not have this node's nve-encap-ip, "
                   "so others send elsewhere, and drop what comes from here: "
                   "correct one of the two");
}

/* Whether we send from encap_ips[i].  Others accept only packets from the
 * addresses of our NVE object. */
static bool
sends_from(const struct agent *agent, size_t i)
{
    const struct nve *def = get_published_self(agent);

    return !def || nve_has_ip(def, &agent->encap_ips[i]);
}

/* The families of the addresses that we send from, in the order of our NVE
 * object, as that is the one that others know. */
static struct families
get_own_families(const struct agent *agent)
{
    const struct nve *def = get_published_self(agent);
    struct families published = { .has_v4 = false };
    struct families families = { .has_v4 = false };

    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        if (sends_from(agent, i)) {
            families_add(&families, &agent->encap_ips[i]);
        }
    }
    for (size_t i = 0; def && i < def->n_underlay_ips; i++) {
        families_add(&published, &def->underlay_ips[i]);
    }
    if (families.has_v4 && families.has_v6) {
        families.v6_first = def ? published.v6_first : families.v6_first;
    }
    return families;
}

/* The families of the addresses that belong to the remote. */
static struct families
get_families(const struct agent *agent, const struct m_nve *nve)
{
    const struct nve *def = m_nve_get_def(nve);
    struct families families = { .has_v4 = false };

    for (size_t i = 0; def && i < def->n_underlay_ips; i++) {
        if (m_nve_owns_ip(agent->model, nve, &def->underlay_ips[i])) {
            families_add(&families, &def->underlay_ips[i]);
        }
    }
    return families;
}

/* Chooses a family that both nodes have.  If they have both families, it is
 * the one that both nodes name first or, if they disagree, IPv6.  Each node
 * gets the same result.  Returns false if they have none in common. */
static bool
choose_family(const struct families *a, const struct families *b, bool *v6)
{
    bool both_v4 = a->has_v4 && b->has_v4;
    bool both_v6 = a->has_v6 && b->has_v6;

    *v6 = both_v6 && (!both_v4 || a->v6_first || b->v6_first);
    return both_v4 || both_v6;
}

const struct in6_addr *
remote_address_get_own(const struct agent *agent, const struct in6_addr *ip)
{
    for (size_t i = 0; i < agent->n_encap_ips; i++) {
        if (is_ipv6(&agent->encap_ips[i]) == is_ipv6(ip)
            && sends_from(agent, i)) {
            return &agent->encap_ips[i];
        }
    }
    return NULL;
}

void
remote_address_update(const struct agent *agent, struct m_nve *nve)
{
    struct families ours = get_own_families(agent);
    struct families theirs = get_families(agent, nve);
    const struct nve *def = m_nve_get_def(nve);
    bool v6;

    nve->tx_ip = in6addr_any;
    if (choose_family(&ours, &theirs, &v6)) {
        for (size_t i = 0; i < def->n_underlay_ips; i++) {
            const struct in6_addr *ip = &def->underlay_ips[i];

            if (is_ipv6(ip) == v6 && m_nve_owns_ip(agent->model, nve, ip)) {
                nve->tx_ip = *ip;
                break;
            }
        }
    }
    nve->out_of_reach = (agent->n_encap_ips
                         && !ipv6_addr_is_set(&nve->tx_ip));
}

static const char *
describe_families(const struct families *families)
{
    return (families->has_v4 && families->has_v6 ? "IPv4 and IPv6"
            : families->has_v4 ? "IPv4"
            : families->has_v6 ? "IPv6"
            : NULL);
}

char *
remote_address_explain(const struct agent *agent, const struct m_nve *nve)
{
    struct families ours = get_own_families(agent);
    struct families theirs = get_families(agent, nve);
    const char *family = describe_families(&theirs);

    return (family
            ? xasprintf("its underlay is %s (spec.underlay.ips) and this "
                        "node's is %s (nve-encap-ip)", family,
                        describe_families(&ours))
            : xstrdup("it has no underlay address (spec.underlay.ips) that no "
                      "other NVE has"));
}
