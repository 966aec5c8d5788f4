/* The agent's own settings: Open_vSwitch:external_ids.
 *
 *     system-id          our NVE's name
 *     nve-controller     http://, https:// or file:/// URL
 *     nve-encap-ip       underlay addresses, with commas between them
 *     nve-bridge         integration bridge (br-int)
 *     nve-tunnel-mode    per-remote (the default) or shared
 *     nve-receive        absolute path of a receive table
 *     nve-withdraw-grace ms for which what is no longer advertised is still
 *                        received, at most (30000)
 *     nve-bum-rate       broadcasts and multicasts that an endpoint may send,
 *                        packets a second (1000); 0: no limit
 *     nve-nd-answers     flows or agent: who answers neighbour discovery; by
 *                        default flows, where the datapath can
 *     nve-mtu-request    true (the default) or false: whether the agent sets
 *                        mtu_request of endpoints' interfaces
 *
 * Pure functions.  Only what external_ids has counts: without system-id there
 * the agent has no name, whatever files or the host name say. */
#ifndef GA_SETTINGS_H
#define GA_SETTINGS_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "openvswitch/shash.h"

struct smap;

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

/* What the operator configured.  A value that is wrong has an entry in
 * 'errors' (key -> message), and is as if absent unless there was a good one
 * before: that one stays in force, and the message says so. */
struct settings {
    char *system_id;                /* Our NVE's name, or NULL. */
    char *controller;               /* URL, or NULL. */
    char *bridge;                   /* "br-int" by default. */
    char *receive_path;             /* nve-receive, whatever it is, or NULL. */
    struct in6_addr *encap_ips;     /* nve-encap-ip, in the order given;
                                     * IPv4 as mapped addresses. */
    size_t n_encap_ips;
    enum tunnel_mode tunnel_mode;
    int withdraw_grace;             /* nve-withdraw-grace, in ms. */
    bool mtu_request;               /* nve-mtu-request. */
    enum nd_answers nd_answers;
    int bum_rate;                   /* nve-bum-rate, packets a second; 0: no
                                     * limit. */
    struct shash errors;            /* Contains "char *"s. */
    struct shash good;              /* key -> "char *", the value that is in
                                     * force, of each key that has one. */
};

/* Fills '*settings', which settings_destroy() must free.  'external_ids' may
 * be NULL: all defaults, and an error for the system-id that is missing.
 * 'last' has the settings before these, or is NULL; a key that is gone has no
 * value, whatever 'last' says. */
void settings_parse(struct settings *, const struct smap *external_ids,
                    const struct settings *last);

/* Moves 'src', which is not to be used any more, to '*dst'. */
void settings_move(struct settings *dst, struct settings *src);
void settings_destroy(struct settings *);
bool settings_equal(const struct settings *, const struct settings *);

#endif /* agent/node/settings.h */
