/* The daemon's parts, and the order in which they work.
 *
 * One turn of the loop, agent_run():
 *
 *     local      settings, interfaces, tunnel ports       (OVSDB)
 *     controller objects                                  (REST or file)
 *     model      entities, references, who is where
 *     receive    what we advertise
 *     remotes    tunnels wanted; negotiation with each remote, by profile
 *     withdrawing  what we receive longer than we advertise it
 *     plans      which order of options serves whom, and their indices
 *     enforce    zones, and by what remote senders are known
 *     vpc_mtu    how large the packets of endpoints may be (OVSDB)
 *     flows      flows of what changed
 *     ofctrl     the switch                               (OpenFlow)
 *     icmp_answers  ICMP errors to endpoints              (OpenFlow)
 *     publish    own NVE, statuses of endpoints           (REST)
 *     poison     bad packets, what they left behind       (control socket)
 *     effects    what of it no packet goes by any more    (control socket)
 *     acks       what we have applied of others' tables   (REST)
 *     tracer     how packets would go, if asked           (control socket)
 *
 * Each takes what the ones above it changed; none looks back. */
#ifndef GA_AGENT_H
#define GA_AGENT_H 1

#include <netinet/in.h>
#include <stdbool.h>

#include "lib/tlv-plan.h"
#include "agent/node/local.h"
#include "agent/model/model.h"
#include "agent/plans/plans.h"
#include "hmapx.h"

struct enforce;
struct interest;
struct packet_ins;
struct poison;
struct rest_auth;

struct agent {
    char *ovsdb_remote;
    struct local *local;
    struct underlay *underlay;
    struct objects *objects;
    struct controller *controller;
    struct alarms *alarms;
    struct ofctrl *ofctrl;
    struct packet_ins *packet_ins;
    struct model *model;
    struct tlv_plan plan;           /* Of the integration bridge. */
    struct plans plans;             /* Further ones. */
    struct receive *receive;
    struct withdrawing *withdrawing;
    struct acks *acks;
    struct publish *publish;
    struct poison *poison;
    struct old_flows *old_flows;    /* For the effects. */
    struct old_flows *purger;       /* For 'ofctrl'. */
    struct tracer *tracer;
    struct effect effect;           /* What of 'ofctrl' has taken effect. */
    struct enforce *enforce;
    struct interest *interest;
    struct flow_owner static_flows;
    bool static_made;               /* They are. */
    bool nd_by_agent;               /* Not flows answer solicitations. */
    struct local_changes changes;

    /* From settings and the underlay. */
    struct in6_addr *encap_ips;
    size_t n_encap_ips;
    enum tunnel_mode tunnel_mode;
    int bum_rate;
    int underlay_mtu;               /* Least of their devices; 0: none. */
    uint16_t udp_port;              /* That we listen on. */
    long long int mtu_since;        /* time_msec() since when some VPC's MTU
                                     * waits, see vpc-mtu.c; 0: none does. */
    long long int mtu_calm;         /* When things will have been calm. */
    bool settings_seen;             /* local_run() has had them once. */
    bool ifaces_seen;

    /* The whole desired state has been known at some time: from then on the
     * switch and the database may be changed. */
    bool complete;
    bool map_adopted;               /* The switch's TLV map is known. */

    bool synced;                    /* The integration bridge may be written:
                                     * the plans were ready once. */
    long long int complete_since;   /* time_msec(). */

    /* Whether the integration bridge's own map is used for sending. */
    size_t n_base_users;            /* m_encaps sent options by it. */
    size_t n_senders;               /* m_encaps sent options at all. */
    bool base_silent;               /* Endpoints' flows set none there. */
    bool silent_changed;            /* ...as of this turn. */
    uint64_t silent_revision;       /* Of the flows since it is silent. */

    /* Options that we send or receive. */
    struct plan_option *universe;
    size_t n_universe;

    /* Results of this turn, for the steps that follow. */
    struct hmapx changed_encaps;        /* "struct m_encap"s. */
    bool universe_changed;          /* Active VPCs or their profiles. */

    long long int started;          /* time_msec(). */
};

struct agent *agent_create(const char *ovsdb_remote, const struct rest_auth *);
void agent_destroy(struct agent *);
void agent_run(struct agent *);
void agent_wait(struct agent *);

#endif /* agent/agent.h */
