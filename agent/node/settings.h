/* The agent's own settings, from Open_vSwitch:external_ids.
 *
 *     system-id          the name of our NVE
 *     nve-controller     http:// or https:// URLs, separated by commas, or a
 *                        file:/// URL
 *     nve-encap-ip       underlay addresses, separated by commas
 *     nve-bridge         integration bridge (default: br-int)
 *     nve-bridge-mappings
 *                        PHYSNET:BRIDGE pairs, separated by commas: which
 *                        bridge has which provider network
 *     nve-encap-type     encapsulations, separated by commas (default: all)
 *     nve-tunnel-mode    per-remote (default) or shared
 *     nve-receive        absolute path of a receive table
 *     nve-withdraw-grace the longest time, in ms, for which the node still
 *                        receives what it no longer advertises (default:
 *                        30000)
 *     nve-bum-rate       how many broadcasts and multicasts an endpoint may
 *                        send, in packets a second (default: 1000); 0: no
 *                        limit
 *     nve-ct-limit       how many tracked connections an endpoint may have
 *                        (default: 32768); 0: any number
 *     nve-nd-answers     flows or agent: who answers neighbour discovery
 *                        (default: flows, where the datapath can)
 *     nve-mtu-request    true (default) or false: whether the agent sets
 *                        mtu_request of endpoints' interfaces
 *
 * Pure.  Nothing else counts: without system-id in external_ids the agent has
 * no name, whatever files or the host name say. */
#ifndef GA_SETTINGS_H
#define GA_SETTINGS_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/encapsulation.h"
#include "openvswitch/shash.h"
#include "smap.h"

enum tunnel_mode {
    TUNNEL_PER_REMOTE,              /* A port for each remote: the default. */
    TUNNEL_SHARED,                  /* One flow-based port. */
};
const char *settings_tunnel_mode_to_string(enum tunnel_mode);

enum nd_answers {
    ND_ANSWERS_AUTO,                /* Flows, where the datapath can. */
    ND_ANSWERS_FLOWS,
    ND_ANSWERS_AGENT,
};

#define SETTINGS_WITHDRAW_GRACE 30000
#define SETTINGS_MAX_WITHDRAW_GRACE 3600000
#define SETTINGS_BUM_RATE 1000
#define SETTINGS_MAX_BUM_RATE 10000000
#define SETTINGS_CT_LIMIT 32768

/* How long a key that went stays in force, in ms: some tools clear a setting
 * and set it again. */
#define SETTINGS_VANISHING 10000

/* What the operator configured.  A key with a wrong value has an entry in
 * 'errors' (key -> message).  If the key had a good value before, that one
 * stays in force, and the message says so; if not, the key counts as absent.
 *
 * A key that goes, if to act on that would cut the node off (system-id,
 * nve-controller, nve-encap-ip, nve-bridge, nve-bridge-mappings,
 * nve-encap-type, nve-tunnel-mode), has an entry in 'errors', too, and its
 * last good value stays in force for SETTINGS_VANISHING. */
struct settings {
    char *system_id;                /* Name of our NVE, or NULL. */
    char *controller;               /* URL, or NULL. */
    char *bridge;                   /* "br-int" by default. */
    struct smap bridge_mappings;    /* Physical network -> bridge. */
    char *receive_path;             /* nve-receive, whatever it is, or NULL. */
    struct in6_addr *encap_ips;     /* nve-encap-ip, in the order given;
                                     * IPv4 as mapped addresses. */
    size_t n_encap_ips;
    encapsulation_set encapsulations;   /* nve-encap-type; not empty. */
    enum tunnel_mode tunnel_mode;
    int withdraw_grace;             /* nve-withdraw-grace, in ms. */
    bool mtu_request;               /* nve-mtu-request. */
    enum nd_answers nd_answers;
    int bum_rate;                   /* nve-bum-rate, packets a second; 0: no
                                     * limit. */
    int ct_limit;                   /* nve-ct-limit; 0: none. */
    bool policy_unknown_allow;      /* nve-policy-unknown. */
    struct shash errors;            /* Contains "char *"s. */
    struct shash good;              /* key -> "char *", the value that is in
                                     * force, of each key that has one. */
    struct shash vanished;          /* key -> "long long int *", when it was
                                     * first missed; of those in force. */
};

/* Fills in the settings, for settings_destroy().  If 'external_ids' is NULL,
 * all are defaults, and the missing system-id is an error.  'last' has the
 * settings before these, or is NULL; its good values replace wrong ones, and
 * for a while absent ones.  'now' is time_msec(). */
void settings_parse(struct settings *, const struct smap *external_ids,
                    const struct settings *last, long long int now);

/* When the settings have to be parsed again although nobody has changed them:
 * a key that went is believed then.  LLONG_MAX: never. */
long long int settings_get_deadline(const struct settings *);

/* Moves '*src', which must not be used any more, to '*dst'. */
void settings_move(struct settings *dst, struct settings *src);
void settings_destroy(struct settings *);
bool settings_equal(const struct settings *, const struct settings *);

#endif /* agent/node/settings.h */
