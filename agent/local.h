/* The local Open vSwitch database: settings, interfaces, tunnel ports.
 *
 * Reads our settings from Open_vSwitch:external_ids and endpoints' interfaces
 * from the integration bridge; writes tunnel ports, and the integration
 * bridge itself if it is missing.  Ports that are not ours are left alone. */
#ifndef GA_LOCAL_H
#define GA_LOCAL_H 1

#include "agent/settings.h"
#include "agent/tunnel-key.h"
#include "openvswitch/ofp-parse.h"
#include "openvswitch/shash.h"
#include "sset.h"

struct json;
struct local;

/* An interface of the integration bridge with external_ids:iface-id. */
struct local_iface {
    char *iface_id;                 /* Name of the endpoint. */
    char *name;                     /* Of the Interface. */
    ofp_port_t ofport;              /* 0 if it has none yet. */
};

/* What changed in a local_run(), which only adds to it. */
struct local_changes {
    bool settings;
    bool problems;                  /* local_for_each_problem() differs. */
    struct sset ifaces;             /* iface-ids. */
    struct sset tunnels;            /* 'nve' of tunnels with a new ofport. */
};
void local_changes_init(struct local_changes *);
void local_changes_destroy(struct local_changes *);

struct local *local_create(const char *ovsdb_remote);
void local_destroy(struct local *);

/* 'complete': tunnel ports of ours that nobody wants may be removed.  When
 * that becomes true, run again at once: no event comes with it. */
void local_run(struct local *, bool complete, struct local_changes *);
void local_wait(struct local *);

/* Whether the database has been read at least once. */
bool local_is_ready(const struct local *);
const struct settings *local_get_settings(const struct local *);
const struct local_iface *local_get_iface(const struct local *,
                                          const char *iface_id);
/* Contains "struct local_iface *"s, by iface-id.  Of several interfaces with
 * the same iface-id the first by name counts, and the others are problems.
 * What this and local_get_iface() return is good until the next
 * local_run(). */
const struct shash *local_get_ifaces(const struct local *);

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

/* Problems: object ("interface vif3", "setting nve-encap-ip", "bridge
 * br-int", "tunnel hv-2", "database") -> message. */
void local_for_each_problem(const struct local *,
                            void (*cb)(const char *object,
                                       const char *message, void *aux),
                            void *aux);
struct json *local_status_json(const struct local *);

#endif /* agent/local.h */
