/* What local.c, local-read.c and local-write.c share. */
#ifndef GA_LOCAL_PRIVATE_H
#define GA_LOCAL_PRIVATE_H 1

#include "agent/node/iface-settled.h"
#include "agent/node/iface-mtu.h"
#include "agent/node/ifaces.h"
#include "agent/node/local.h"
#include "agent/node/plan-bridges.h"
#include "agent/node/tunnels.h"

struct ovsrec_open_vswitch;

struct local {
    char *remote;
    struct ovsdb_idl *idl;
    struct ovsdb_idl_index *port_by_name, *interface_by_name;

    /* What was read. */
    bool ready;                     /* The database has been read. */
    unsigned int seqno;             /* IDL's, when it was read last. */
    const struct ovsrec_open_vswitch *ovs; /* NULL if there is none. */
    const struct ovsrec_bridge *bridge;    /* NULL if there is none. */
    struct settings settings;
    struct ifaces *ifaces;
    struct iface_mtus *mtus;
    struct iface_settled *marks;
    struct tunnels *tunnels;
    struct plan_bridges *plans;
    char *bridge_problem;           /* Or NULL. */
    char *datapath_type;            /* Of the bridge, when there was one. */

    /* Writing. */
    struct ovsdb_idl_txn *txn;      /* Under way, or NULL. */
    bool kicked;                    /* There is news since local_run(). */
    long long int retry_at;         /* No transaction before that. */
    int retry_ms;                   /* The last pause; 0 if all is well. */
    bool pausing;                   /* Something waits for 'retry_at'. */
    char *txn_problem;              /* Or NULL. */
    long long int nudge_at;         /* When to make OVS try ports again. */
    int nudge_ms;                   /* The next pause; 0: no port failed. */
    unsigned long long int n_txns;  /* That were sent. */

    /* What 'local_run' found, for its caller. */
    struct local_changes *changes;
};

/* Sets '*problem', taking 'message' (NULL: none). */
void local_set_problem(struct local *, char **problem, char *message);

/* What plan bridges are read from and written to. */
struct plan_bridges_db local_plan_bridges_db(const struct local *);

/* Takes over what changed in the database since the last time. */
void local_read(struct local *);

/* Writes what has to change, if a transaction may be sent now. */
void local_write(struct local *, bool complete);

/* Sends the transaction, or looks whether it has ended. */
void local_commit(struct local *);

#endif /* agent/node/local-private.h */
