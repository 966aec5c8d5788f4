/* The local Open vSwitch database: settings, interfaces, tunnel ports, plan
 * bridges.
 *
 * Reads our settings from Open_vSwitch:external_ids and endpoints' interfaces
 * from the integration bridge; writes tunnel ports, the bridges of plans, and
 * the integration bridge itself if it is missing.  Ports and bridges that are
 * not ours are left alone. */
#ifndef GA_LOCAL_H
#define GA_LOCAL_H 1

#include "agent/node/settings.h"
#include "agent/node/tunnel-key.h"
#include "openvswitch/ofp-parse.h"
#include "openvswitch/shash.h"
#include "sset.h"

struct json;
struct local;

/* An interface of the integration bridge with external_ids:iface-id. */
struct plug {
    char *iface_id;                 /* Name of the endpoint. */
    char *name;                     /* Of the Interface. */
    ofp_port_t ofport;              /* 0 if it has none yet. */
    bool settled;                   /* Has been, see
                                     * local_plug_set_settled(). */
};

/* What changed in a local_run(), which only adds to it. */
struct local_changes {
    bool settings;
    bool problems;                  /* local_for_each_problem() differs. */
    bool plans;                     /* local_plan_get() or
                                     * local_plan_get_existing() differs. */
    struct sset ifaces;             /* iface-ids. */
    struct sset tunnels;            /* 'nve' of tunnels with a new ofport. */
};
void local_changes_init(struct local_changes *);
void local_changes_destroy(struct local_changes *);

struct local *local_create(const char *ovsdb_remote);
void local_destroy(struct local *);

/* 'complete': tunnel ports and plan bridges of ours that nobody wants may be
 * removed, and interfaces' mtu_request may be written.  When that becomes
 * true, run again at once: no event comes with it. */
void local_run(struct local *, bool complete, struct local_changes *);
void local_wait(struct local *);

/* Whether the database has been read at least once. */
bool local_is_ready(const struct local *);
const struct settings *local_get_settings(const struct local *);
const struct plug *local_get_plug(const struct local *,
                                          const char *iface_id);
/* Contains "struct plug *"s, by iface-id.  Of several interfaces with
 * the same iface-id the first by name counts, and the others are problems.
 * What this and local_get_plug() return is good until the next
 * local_run(). */
const struct shash *local_get_plugs(const struct local *);

/* The interface of that iface-id, whichever it is, is to have 'mtu' (0: what
 * it had before; not known: no call).  Others may set its mtu_request, too:
 * see lib/mtu-request.h.  Idempotent. */
void local_plug_set_mtu(struct local *, const char *iface_id, int mtu);
/* There is no such interface any more. */
void local_plug_forget_mtu(struct local *, const char *iface_id);

/* Whether the integration bridge uses the kernel's datapath: false until it is
 * known. */
bool local_uses_kernel(const struct local *);

/* 'settled': it has been settled who has the endpoint 'iface_id' since its
 * interface was plugged in here.  That is written down in the interface's row,
 * for agents that start later.  False: it is not (yet) known. */
void local_plug_set_settled(struct local *, const char *iface_id,
                             bool settled);

/* Whether a tunnel port is wanted: packets may come in. */
bool local_has_tunnels(const struct local *);

/* Wants a tunnel port.  'nve' is the remote's name ("" for the shared port),
 * for external_ids:nve-remote.  Idempotent; csum=true, key=flow always. */
void local_tunnel_set(struct local *, const struct tunnel_key *,
                      const char *nve);
void local_tunnel_unset(struct local *, const struct tunnel_key *);
/* Its OpenFlow port, or 0 if it has none (yet). */
ofp_port_t local_tunnel_get_ofport(const struct local *,
                                   const struct tunnel_key *);
/* external_ids:nve-options and nve-status of its Interface; NULL removes them.
 * Until the first call for a tunnel those of an adopted port stay. */
void local_tunnel_set_note(struct local *, const struct tunnel_key *,
                           const char *options, const char *status);

/* Plans.
 *
 * The base plan is that of the integration bridge.  Each further plan K has a
 * bridge of its own, "br-txK", that only sends: a patch port leads to it from
 * the integration bridge, its tunnel ports can never receive, and its TLV map
 * is its own.  Such bridges are ours as a whole. */

/* K is in 1..PLAN_BRIDGES_MAX. */
#define PLAN_BRIDGES_MAX 31
#define PLAN_BRIDGE_MAX_UDP_PORTS 4

struct plan_bridge_ports {
    char bridge[16];
    ofp_port_t patch;               /* Of the integration bridge, to it. */
    ofp_port_t peer;                /* The other end of 'patch'. */
    /* Its tunnel ports, one for each UDP port: packets go to the address in
     * tun_dst (tun_ipv6_dst), with the VNI in tun_id. */
    ofp_port_t tunnel[PLAN_BRIDGE_MAX_UDP_PORTS];
    uint16_t udp_ports[PLAN_BRIDGE_MAX_UDP_PORTS];
    size_t n_udp_ports;
};

/* Wants plan 'k' to have a bridge with tunnel ports that send from 'local_ip'
 * (all-zero: any) to each of the 'n' UDP ports (0 stands for 6081).  The same
 * one twice counts once, and what is beyond PLAN_BRIDGE_MAX_UDP_PORTS is left
 * out; local_plan_get() says which there are.  Idempotent. */
void local_plan_set(struct local *, unsigned int k,
                    const struct in6_addr *local_ip,
                    const uint16_t *udp_ports, size_t n);
/* external_ids:nve-plan-order, nve-plan-remotes and nve-plan-why of its
 * Bridge, for people; NULL removes one.  Until the first call for a plan,
 * those of an adopted bridge stay. */
void local_plan_set_note(struct local *, unsigned int k, const char *order,
                         const char *remotes, const char *why);
/* The flows that output to its 'patch' should be gone before. */
void local_plan_unset(struct local *, unsigned int k);
/* NULL if it is not wanted or one of its ports has no OpenFlow port (yet).
 * Good until the next local_run() or local_plan_*set(). */
const struct plan_bridge_ports *local_plan_get(const struct local *,
                                               unsigned int k);
/* Stores in 'ks', ascending, the plans whose bridge of ours the database has,
 * wanted or not, and returns how many.  After a restart those are the ones to
 * adopt, by local_plan_set(): a bridge that is set is taken over as it is.
 * The others are removed in time, see local_run(). */
size_t local_plan_get_existing(const struct local *,
                               unsigned int ks[PLAN_BRIDGES_MAX]);

/* Problems: object ("interface vif3", "setting nve-encap-ip", "bridge
 * br-int", "bridge br-tx1", "tunnel hv-2", "database") -> message. */
void local_for_each_problem(const struct local *,
                            void (*cb)(const char *object,
                                       const char *message, void *aux),
                            void *aux);
struct json *local_status_json(const struct local *);

#endif /* agent/node/local.h */
