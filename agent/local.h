/* The local Open vSwitch database: settings, interfaces, tunnel ports.
 *
 * Reads our settings from Open_vSwitch:external_ids and endpoints' interfaces
 * from the integration bridge; writes tunnel ports, and the integration
 * bridge itself if it is missing.  Ports that are not ours are left alone. */
#ifndef GA_LOCAL_H
#define GA_LOCAL_H 1

#include <netinet/in.h>

#include "openvswitch/hmap.h"
#include "openvswitch/ofp-parse.h"
#include "openvswitch/shash.h"
#include "sset.h"

struct json;
struct local;

enum tunnel_mode {
    TUNNEL_PER_REMOTE,              /* A port for each remote: the default. */
    TUNNEL_SHARED,                  /* One flow-based port. */
};

/* What the operator configured.  A value that is wrong is as if absent, with
 * an entry in 'errors' (key -> message); one that becomes wrong later does
 * not stay in force silently either. */
struct settings {
    char *system_id;                /* Our NVE's name, or NULL. */
    char *controller;               /* URL, or NULL. */
    char *bridge;                   /* "br-int" by default. */
    char *receive_path;             /* nve-receive, or NULL. */
    struct in6_addr *encap_ips;     /* nve-encap-ip: one or more, commas. */
    size_t n_encap_ips;
    enum tunnel_mode tunnel_mode;
    struct shash errors;            /* Contains "char *"s. */
};

/* An interface of the integration bridge with external_ids:iface-id. */
struct local_iface {
    char *iface_id;                 /* Name of the endpoint. */
    char *name;                     /* Of the Interface. */
    ofp_port_t ofport;              /* 0 if it has none yet. */
};

/* A tunnel port, wanted by us. */
struct tunnel_key {
    struct in6_addr remote;         /* All-zero: flow-based, shared. */
    uint16_t udp_port;
};

/* What changed in a local_run(). */
struct local_changes {
    bool settings;
    struct sset ifaces;             /* iface-ids. */
    struct sset tunnels;            /* 'nve' of tunnels with a new ofport. */
};
void local_changes_init(struct local_changes *);
void local_changes_destroy(struct local_changes *);

struct local *local_create(const char *ovsdb_remote);
void local_destroy(struct local *);

/* 'complete': tunnel ports of ours that nobody wants may be removed. */
void local_run(struct local *, bool complete, struct local_changes *);
void local_wait(struct local *);

/* Whether the database has been read at least once. */
bool local_is_ready(const struct local *);
const struct settings *local_get_settings(const struct local *);
const struct local_iface *local_get_iface(const struct local *,
                                          const char *iface_id);
/* Contains "struct local_iface *"s, by iface-id.  Of several interfaces with
 * the same iface-id the first by name counts, and there is an alarm. */
const struct shash *local_get_ifaces(const struct local *);

/* Wants a tunnel port.  'nve' is the remote's name ("" for the shared port),
 * for external_ids:nve-remote.  Idempotent; csum=true, key=flow always. */
void local_tunnel_set(struct local *, const struct tunnel_key *,
                      const char *nve);
void local_tunnel_unset(struct local *, const struct tunnel_key *);
/* Its OpenFlow port, or 0 if it has none (yet). */
ofp_port_t local_tunnel_get_ofport(const struct local *,
                                   const struct tunnel_key *);
/* external_ids:nve-options and nve-status of its Interface. */
void local_tunnel_set_note(struct local *, const struct tunnel_key *,
                           const char *options, const char *status);

/* Problems: object ("interface vif3", "setting nve-encap-ip", "bridge
 * br-int", "tunnel hv-2") -> message. */
void local_for_each_problem(const struct local *,
                            void (*cb)(const char *object,
                                       const char *message, void *aux),
                            void *aux);
struct json *local_status_json(const struct local *);

#endif /* agent/local.h */
