/* This node, as its Open vSwitch database knows it ("local", since the
 * controller's objects are about all nodes).
 *
 * It reads the agent's settings from Open_vSwitch:external_ids, and from the
 * integration bridge which endpoints are plugged in here.  It writes tunnel
 * ports, bridges of further plans, patch ports to provider bridges, what
 * interfaces of endpoints need, and the integration bridge itself if that is
 * missing.  It leaves ports and bridges alone that are not ours.
 *
 * Callers say what they want, at any time, and find what there is; local_run()
 * compares both with the database.  Other rooms call these functions, those of
 * settings.h, and those of underlay.h, routes.h, next-hops.h and disks.h,
 * which are not about the database; and no others of this room. */
#ifndef GA_LOCAL_H
#define GA_LOCAL_H 1

#include "agent/node/attachments.h"
#include "agent/node/plan-bridges.h"
#include "agent/node/plugs.h"
#include "agent/node/rows.h"
#include "agent/node/settings.h"
#include "agent/node/tunnel-bfd.h"
#include "agent/node/tunnel-key.h"
#include "openvswitch/shash.h"
#include "openvswitch/types.h"
#include "sset.h"

struct json;
struct local;
struct write_gate;

/* What changed in a local_run(), which only adds to it. */
struct local_changes {
    bool settings;
    bool problems;                  /* local_for_each_problem() differs. */
    bool plans;                     /* local_plan_get() or
                                     * local_plan_get_existing() differs. */
    bool attachments;               /* local_attachment_find() or
                                     * local_get_attachments() differs. */
    bool bfd;                       /* local_tunnel_get_bfd() of a tunnel
                                     * differs. */
    struct sset ifaces;             /* The iface-ids whose plug differs. */
    struct sset tunnels;            /* The 'nve's of tunnels with a new
                                     * ofport or number, or that went down or
                                     * came up... */
    struct sset made;               /* ...and of those whose port is there now,
                                     * with the number that was known. */
};
void local_changes_init(struct local_changes *);
void local_changes_destroy(struct local_changes *);

/* 'ovsdb_remote' as in "unix:/run/openvswitch/db.sock".  The gate says whether
 * the database may be written, and must outlive this. */
struct local *local_create(const char *ovsdb_remote,
                           const struct write_gate *);
/* Leaves the database as it is. */
void local_destroy(struct local *);

/* Reads what changed, and writes what has to change.  When the gate opens, run
 * again at once: no event comes with it.  By then everything that is wanted
 * must have been said: tunnel ports and plan bridges of ours that nobody wants
 * are removed. */
void local_run(struct local *, struct local_changes *);
/* Writes what callers have asked for since.  The next local_run() would do the
 * same, so this saves waiting for it. */
void local_flush(struct local *, struct local_changes *);
/* After a transaction that nobody waits for, what the database says is no
 * reason to wake up for some milliseconds. */
void local_wait(struct local *);

/* Whether the database has been read at least once. */
bool local_is_ready(const struct local *);

/* Counts how often something in the database may have changed, among it the
 * settings. */
unsigned int local_get_seqno(const struct local *);

/* Whether ovsdb-server answers now. */
bool local_is_connected(const struct local *);

const struct settings *local_get_settings(const struct local *);

/* Whether ovs-vswitchd has the integration bridge, and has it with a
 * fail_mode.  Before that its flows had better not be written: when it takes
 * up the fail_mode it deletes them. */
bool local_bridge_is_ready(const struct local *);

/* Which node this is, whatever its name: see instance.h. */
const char *local_get_instance(const struct local *);

/* Plugs.  What these two return is good until the next local_run(). */

/* The plug of endpoint 'iface_id', or NULL. */
const struct plug *local_get_plug(const struct local *, const char *iface_id);
/* Contains "struct plug"s, by iface-id. */
const struct shash *local_get_plugs(const struct local *);

/* The interface that has endpoint 'iface_id', now or later, is to have 'mtu'
 * (0: the MTU that it had before the agent came).  Without a call it is left
 * alone.  Others may set its mtu_request, too: see lib/mtu-request.h.
 * Idempotent. */
void local_plug_set_mtu(struct local *, const char *iface_id, int mtu);
/* There is no such endpoint here any more. */
void local_plug_forget_mtu(struct local *, const char *iface_id);

/* 'settled': it is known who has endpoint 'iface_id' since its interface was
 * plugged in here.  That is noted in the interface's row: see
 * iface-settled.h.  False: it is not known, or not yet. */
void local_plug_set_settled(struct local *, const char *iface_id,
                            bool settled);

/* Whether the integration bridge uses the kernel's datapath; false until the
 * bridge has been found. */
bool local_uses_kernel(const struct local *);

/* Whether Open vSwitch has an interface of that name, on any bridge. */
bool local_has_interface(const struct local *, const char *name);

/* Tunnels. */

/* Whether a tunnel port is wanted, so that packets may come in. */
bool local_has_tunnels(const struct local *);

/* The 'nve' of ports that only send: no NVE has that name. */
#define LOCAL_SENDERS ":senders"

/* Wants a tunnel port with csum=true and key=flow.  'nve' is the remote's name
 * ("" for the shared port, LOCAL_SENDERS for one that only sends), for
 * external_ids:nve-remote.  Idempotent. */
void local_tunnel_set(struct local *, const struct tunnel_key *,
                      const char *nve);
/* 'nve' does not want it any more: nothing, if another one wants it since. */
void local_tunnel_unset(struct local *, const struct tunnel_key *,
                        const char *nve);
/* Its OpenFlow port, or 0 if it has none (yet). */
ofp_port_t local_tunnel_get_ofport(const struct local *,
                                   const struct tunnel_key *);
/* The same, or the number that the port asks for while Open vSwitch has not
 * made it; 0 if there will be none, for all that is known.  For flows that
 * harm nobody when they are there before their port.  If Open vSwitch makes it
 * with another number, or cannot, that is a change of the tunnel. */
ofp_port_t local_tunnel_get_number(const struct local *,
                                   const struct tunnel_key *);
/* Whether packets cannot pass: Open vSwitch could not add its port, or has BFD
 * on it, which says that it is down.  One of the problems below says why. */
bool local_tunnel_is_down(const struct local *, const struct tunnel_key *);
/* Wants BFD on it; NULL: none.  Until the first call that is none, too: BFD
 * that an earlier run started ends, unless it is wanted before the gate
 * opens.  What others started is left alone. */
void local_tunnel_set_bfd(struct local *, const struct tunnel_key *,
                          const struct tunnel_bfd *);
/* Tells the other ends of all tunnels on which an earlier run started BFD that
 * nothing goes on from here, as long as that run's ports have not been made
 * those that are wanted. */
void local_say_path_down(struct local *);
/* Wants that what it sends has 'dscp' in the outer header, BFD included; 0: as
 * it was before the first call with another one.  If somebody else has set any
 * of its options, it is left alone, and local_tunnel_may_mark() is false. */
void local_tunnel_set_dscp(struct local *, const struct tunnel_key *,
                           uint8_t dscp);
bool local_tunnel_may_mark(const struct local *, const struct tunnel_key *);
enum tunnel_bfd_state local_tunnel_get_bfd(const struct local *,
                                           const struct tunnel_key *);
/* Whether the database has been read and has no port for it (yet), although it
 * is wanted. */
bool local_tunnel_is_missing(const struct local *, const struct tunnel_key *);
/* external_ids:nve-options and nve-status of its Interface; NULL removes them.
 * Until the first call for a tunnel those of an adopted port stay. */
void local_tunnel_set_note(struct local *, const struct tunnel_key *,
                           const char *options, const char *status);
/* Whether that call would change nothing. */
bool local_tunnel_has_note(const struct local *, const struct tunnel_key *,
                           const char *options, const char *status);

/* Plans.
 *
 * The base plan is that of the integration bridge.  Each further plan K has a
 * bridge of its own, "br-txK", that only sends: a patch port leads to it from
 * the integration bridge, its tunnel ports can never receive, and its TLV map
 * is its own.  All of such a bridge is ours. */

/* Wants plan 'k' to have a bridge with tunnel ports that send from 'local_ip'
 * (all-zero: any) to each of the 'n' UDP ports (0 stands for 6081).  A UDP
 * port that is there twice counts once, and those beyond
 * PLAN_BRIDGE_MAX_UDP_PORTS are left out; local_plan_get() says which there
 * are.  Each UDP port has a further tunnel port for each DSCP of 'dscps' (bit
 * I: DSCP I; not 0).  Idempotent. */
void local_plan_set(struct local *, unsigned int k,
                    const struct in6_addr *local_ip,
                    const uint16_t *udp_ports, size_t n, uint64_t dscps);
/* Plan 'k', whose bridge an earlier run of the agent left, is not wanted and
 * not to be removed yet: everything of it stays as it is. */
void local_plan_keep(struct local *, unsigned int k);
/* external_ids:nve-plan-order, nve-plan-remotes and nve-plan-why of the plan's
 * Bridge, for people; NULL removes one.  Until the first call for a plan,
 * those of an adopted bridge stay. */
void local_plan_set_note(struct local *, unsigned int k, const char *order,
                         const char *remotes, const char *why);
/* Neither wanted nor kept any more.  Flows that output to the plan's 'patch'
 * should have gone before. */
void local_plan_unset(struct local *, unsigned int k);
/* NULL if the plan is not wanted or one of its ports, but for those of DSCPs,
 * has no OpenFlow port (yet).  Good until the next local_run(),
 * local_plan_set() or local_plan_unset(). */
const struct plan_bridge_ports *local_plan_get(const struct local *,
                                               unsigned int k);
/* Stores in 'ks', ascending, the plans whose bridge of ours the database has,
 * wanted or not, and returns how many those are.  After a restart those are
 * the ones to keep, or to adopt: a bridge that is set is taken over as it is.
 * The others are removed, see local_run(). */
size_t local_plan_get_existing(const struct local *,
                               unsigned int ks[PLAN_BRIDGES_MAX]);

/* Attachments to provider networks: see attachments.h.  What these return is
 * good until the next local_run(). */

const struct attachment *local_attachment_find(const struct local *,
                                               const char *physnet);
const struct shash *local_get_attachments(const struct local *);
void local_attachment_set_note(struct local *, const char *physnet,
                               const char *note);

/* The note on the integration bridge about NAT zones (nat-zones.h), or NULL.
 * Until it is set, it is what an earlier run left. */
const char *local_get_nat_zones(const struct local *);
void local_set_nat_zones(struct local *, const char *note);

/* Calls 'cb' for each problem.  Objects are such as "interface vif3", "setting
 * nve-encap-ip", "bridge br-int", "bridge br-tx1", "tunnel hv-2",
 * "physical network physnet1" and "database". */
void local_for_each_problem(const struct local *, rows_problem_cb *,
                            void *aux);

/* Calls 'cb' for each setting of Open vSwitch that keeps the whole node from
 * forwarding.  local_for_each_problem() leaves these out. */
void local_for_each_outage(const struct local *, rows_problem_cb *, void *aux);

/* {"remote", "state": "connected" or "connecting", "bridge": name or null,
 * "endpointInterfaces": how many, "tunnels": {"wanted", "ready"},
 * "planBridges": the same, "transactions": sent so far} */
struct json *local_status_json(const struct local *);

#endif /* agent/node/local.h */
