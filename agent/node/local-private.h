/* What local.c, local-read.c and local-write.c share. */
#ifndef GA_LOCAL_PRIVATE_H
#define GA_LOCAL_PRIVATE_H 1

#include "agent/node/attachments.h"
#include "agent/node/bridge-note.h"
#include "agent/node/db-silence.h"
#include "agent/node/iface-mtu.h"
#include "agent/node/iface-settled.h"
#include "agent/node/ifaces.h"
#include "agent/node/local.h"
#include "agent/node/ovsdb-gate.h"
#include "agent/node/places.h"
#include "agent/node/rows.h"
#include "agent/node/tunnels.h"

struct local {
    char *remote;
    struct rows rows;
    struct db_silence silence;
    struct ovsdb_gate *gate;

    /* What was read. */
    bool ready;                     /* The database has been read. */
    unsigned int seqno;             /* Of the IDL, at the last reading. */
    unsigned int n_readings;
    struct settings settings;
    char *instance;                 /* See instance.h; of... */
    struct uuid instance_row;
    char *bridge_problem;           /* Or NULL. */
    struct uuid bridge_uuid;        /* Of the integration bridge, if it has had
                                     * a fail_mode; else zero. */
    int64_t bridge_cfg;             /* next_cfg when that was first seen. */
    bool bridge_ready;              /* ovs-vswitchd has it, too. */
    char *datapath_type;            /* Of the integration bridge, also after
                                     * it went; NULL if it never existed. */

    /* What is read and written, each by a module of its own. */
    struct places *places;
    struct plugs *plugs;
    struct iface_mtus *mtus;
    struct iface_settled *settled;
    struct tunnels *tunnels;
    struct plan_bridges *plans;
    struct attachments *attachments;
    struct bridge_note nat_zones;

    /* Writing. */
    bool kicked;                    /* A caller wanted something since the
                                     * last local_run(). */
    bool path_down;                 /* local_say_path_down() was called, and
                                     * it has not been written. */
    long long int lull_end;         /* Before this time_msec() nobody waits for
                                     * what the database has to say. */
    long long int nudge_at;         /* When ovs-vswitchd is to try again to add
                                     * ports. */
    int nudge_ms;                   /* The next pause; 0: no port failed. */

    struct local_changes *changes;  /* Of the local_run() under way. */
};

/* Takes over what changed in the database since the last call. */
void local_read(struct local *);

/* Writes what has to change, if a transaction may be sent now. */
void local_write(struct local *);

#endif /* agent/node/local-private.h */
