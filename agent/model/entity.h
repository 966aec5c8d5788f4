/* What the model consists of: entities, and what each kind of them holds.
 *
 * An entity lives as long as its object exists or another entity refers to
 * it by name: references may come before what they refer to. */
#ifndef GA_ENTITY_H
#define GA_ENTITY_H 1

#include "agent/controller/objects.h"
#include "agent/model/claims.h"
#include "agent/model/endpoint-phase.h"
#include "agent/model/packet-limit.h"
#include "agent/switch/flow-owner.h"
#include "hmapx.h"
#include "lib/damping.h"
#include "lib/mtu-counts.h"
#include "lib/negotiation.h"
#include "lib/order-groups.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"

struct alarms;
struct json;
struct m_label_pair;
struct m_label_set;
struct m_policy_group;
struct model;
struct ofctrl;
struct send_plan;
struct source_set;
struct svec;

/* The kinds of entity, in the order in which they are brought up to date:
 * a change of one dirties later ones only. */
enum model_kind {
    MODEL_OPTION,
    MODEL_PROFILE,
    MODEL_NVE,
    MODEL_VPC,
    MODEL_POLICY,
    MODEL_ENDPOINT,
    MODEL_N_KINDS
};

/* What all entities have. */
struct entity {
    struct hmap_node node;          /* In model's 'entities[kind]', by name. */
    struct ovs_list dirty_node;     /* In model's 'dirty[kind]', or alone. */
    const struct entity_class *class;
    char *name;
    const struct object *object;    /* NULL if it does not exist. */
    struct claimant claimant;
    char *problem;                  /* Why it is not in use, or NULL. */

    /* If class->has_id: a number for flows. */
    struct hmap_node id_node;       /* In model's 'ids', by 'id'. */
    uint32_t id;                    /* Else 0. */
};

/* A kind of entity.  Each is in a file of its own, model-KIND.c. */
struct entity_class {
    enum model_kind kind;
    const char *name;               /* Of its objects' kind, for messages. */
    bool has_id;

    /* A new entity with nothing but what the kind has in addition. */
    struct entity *(*create)(const char *name);

    /* Brings 'entity' up to date, and makes those that build on it dirty if it
     * changed.  A function of the object, of what it refers to and of what was
     * in force before ("the last valid one stays"): calling it once more than
     * needed changes nothing. */
    void (*resolve)(struct model *, struct entity *entity);

    /* Whether 'entity' has to stay although it has no object. */
    bool (*is_referenced)(const struct model *, const struct entity *entity);

    /* Takes back every reference that 'entity', which has no object, holds. */
    void (*release)(struct model *, struct entity *entity);

    /* Frees a released 'entity'.  Its flows go with it. */
    void (*destroy)(struct model *, struct entity *entity);
};

/* GeneveOption. */
struct m_option {
    struct entity up;
    struct hmapx profiles;          /* m_profiles that name it. */
};

/* An option of a profile, resolved: a copy, because the last valid version of
 * a profile outlives the objects it came from. */
struct resolved_option {
    char *name;
    struct sender_option sender;    /* Key, length, required, priority. */
    struct value_source value;
};

/* OptionProfile.  The one with the name "" is built in, and empty. */
struct m_profile {
    struct entity up;
    bool exists;                    /* Had an object when last resolved. */
    bool valid;                     /* Has been resolved at least once. */
    struct resolved_option *options;
    size_t n_options;
    struct sender_table sender;     /* The same, for negotiation. */
    struct source_set *source;      /* What flows set, see source-stage.c. */
    struct hmapx options_used;      /* m_options that it names. */
    struct hmapx vpcs;              /* m_vpcs that want or use it. */
};

/* VPC. */
struct m_vpc {
    struct entity up;
    bool exists;                    /* Had an object when last resolved. */
    uint32_t vni;                   /* 0: none usable. */
    struct m_profile *wanted;       /* As the object says; or NULL. */
    struct m_profile *profile;      /* In use; NULL: blocked, or no object. */
    struct m_profile *sent;         /* Of its packets: 'profile', or the one
                                     * before; see profile-switch.c. */
    long long int switch_until;     /* time_msec(), if they differ; 0: not
                                     * set yet. */
    struct hmapx endpoints;         /* All of its m_endpoints. */
    struct hmapx local;             /* Of them, those bound here. */
    struct hmap shares;             /* "struct m_share"s, by NVE. */

    /* See vpc-mtu.c.  0: not known. */
    struct mtu_counts mtus;         /* Of 'shares'. */
    int exact_mtu;                  /* The smallest, as of now. */
    int mtu;                        /* That endpoints are told. */
    int iface_mtu;                  /* ...that their interfaces have. */

    uint32_t gateways;              /* Hash of its subnets' gateways. */
    struct flow_owner flows;        /* Reception and replication. */

    /* See model-label.h and model-policy.h. */
    struct hmapx policies;          /* m_policies. */
    struct hmap label_sets;         /* "struct m_label_set"s. */
    struct hmap label_pairs;        /* "struct m_label_pair"s. */
    struct hmap policy_groups;      /* "struct m_policy_group"s, in use. */
    size_t n_selected;              /* Local endpoints that have a group. */
    bool policies_known;            /* All of them; see enforce.h. */
    bool policies_changed;          /* For m_policy_run(). */
    bool pairs_changed;
};

/* How many endpoints of a VPC are at a remote NVE. */
struct m_share {
    struct hmap_node vpc_node;      /* In struct m_vpc's 'shares'. */
    struct hmap_node nve_node;      /* In struct m_nve's 'shares'. */
    struct m_vpc *vpc;
    struct m_nve *nve;
    size_t n_endpoints;
    int mtu;                        /* As counted in vpc's 'mtus', or 0. */

    /* Of the packets from there: see enforce.h. */
    bool by_address;                /* The sender is known by its address. */
    bool flipped;                   /* Scratch: 'by_address' changed. */
    long long int labels_since;     /* time_msec() since when it should send
                                     * labels; 0: it should not. */
};

/* What agent/plans/plan-assign.c keeps of a remote; all-zero at first. */
struct plan_seat {
    struct order_member member;     /* Its group; none while it is held. */
    struct damping damping;
    unsigned int n_advertisements;  /* When its constraints were last read. */
};

/* NVE.  What negotiation makes of it is in agent/remotes/remotes.c. */
struct m_nve {
    struct entity up;
    struct hmap shares;             /* "struct m_share"s, by VPC. */

    struct json *advertisement;     /* In force; NULL: none. */
    struct json *last_good;         /* Last one that was not malformed. */
    bool advertisement_good;
    unsigned int n_advertisements;  /* How often it changed. */
    struct neg_receive receive;     /* Receive table in force. */
    bool receive_valid;             /* 'receive' is initialized. */

    struct shash encaps;            /* Profile name -> "struct m_encap". */
    struct in6_addr tx_ip;          /* That we send to; all-zero: none.  See
                                     * remotes/remote-address.h. */
    bool out_of_reach;              /* We have addresses, and yet 'tx_ip' is
                                     * none: nothing can go either way. */
    struct tunnel_key *tunnels;     /* Wanted; [0] is the one we send by. */
    size_t n_tunnels;
    struct flow_owner flows;        /* Classification of what it sends. */

    struct send_plan *plan;         /* That serves it; NULL: the base plan. */
    uint32_t mark;                  /* In pkt_mark, 16 bits; 0: none. */
    struct plan_seat seat;          /* For agent/plans/plan-assign.c. */
};

/* Endpoint. */
enum binding {
    BINDING_NONE,                   /* Not plugged in here. */
    BINDING_CLAIMED,                /* Plugged in here, and ours. */
    BINDING_REFUSED,                /* Plugged in here, but spec.nve or a
                                     * newer claim says it is another's. */
};
enum endpoint_place {
    ENDPOINT_NOWHERE,               /* Neither, and not counted. */
    ENDPOINT_REMOTE,                /* 'nve' has it, and it is not plugged in
                                     * here. */
    ENDPOINT_LOCAL,                 /* Plugged in here... */
    ENDPOINT_LOCAL_BLOCKED,         /* ...but blocked or refused. */
    ENDPOINT_N_PLACES
};

struct m_endpoint {
    struct entity up;
    struct m_vpc *vpc;              /* NULL if not known. */
    struct m_nve *nve;              /* Where it is, if remote; or NULL. */
    enum binding binding;
    bool plugged;                   /* An interface here has its iface-id. */
    bool fresh_plug;                /* ...and our claim is not settled. */
    ofp_port_t ofport;              /* If plugged, 0: none yet. */
    enum endpoint_place counted;    /* In the model's n_endpoints. */

    /* See endpoint-phase.h. */
    enum endpoint_phase phase;
    char *message;                  /* Why it is not running, or NULL. */
    bool attached;                  /* Packets can be delivered to it here. */

    struct flow_owner flows;
    struct flow_owner meter_flows;  /* See meter-stage.c. */
    uint32_t bum_meter;             /* Its OpenFlow meters, 0: none. */
    uint32_t packet_in_meter;
    struct packet_limit answer_limit;   /* Of answers to what it sent. */

    /* See model-label.h. */
    struct m_vpc *labels_vpc;       /* Whose 'labels' and 'pair' are; or NULL,
                                     * and then so are these. */
    struct m_label_set *labels;
    struct m_label_pair *pair;      /* NULL: it has no number. */

    /* See model-policy.h. */
    struct m_policy_group *group;   /* NULL: not local, or not selected. */
    uint16_t ct_zone;               /* In use, 0: none; see enforce.h. */
};

#define M_CAST(TYPE, ENTITY) CONTAINER_OF(ENTITY, struct TYPE, up)

struct model {
    char *self;                     /* Our NVE's name, or NULL. */
    bool writable;                  /* Claims can be published. */
    bool complete;                  /* Every object has been listed: one that
                                     * is missing does not exist. */
    const struct entity_class *const *classes;  /* By kind. */
    struct hmap entities[MODEL_N_KINDS];
    struct ovs_list dirty[MODEL_N_KINDS];
    struct hmap ids;                /* Of NVEs and profiles. */
    struct claims claims;
    struct alarms *alarms;
    struct ofctrl *ofctrl;          /* Owners' flows go with their entity. */
    struct m_profile *no_profile;   /* The built-in empty one, named "". */

    struct hmapx active_vpcs;       /* m_vpc_is_active(). */
    struct hmapx plugged;           /* m_endpoints with an interface here. */
    size_t n_endpoints[ENDPOINT_N_PLACES];  /* See m_endpoint_count(). */
    struct hmapx leaving;           /* m_profiles that options leave, see
                                     * source-set.h. */
    struct hmapx switching;         /* m_vpcs with another 'sent' than
                                     * 'profile'. */
    struct hmapx maybe_gone;        /* Entities that may be unreferenced. */

    /* For m_policy_run(). */
    struct hmapx policy_vpcs;       /* m_vpcs with something to do. */
    struct hmapx relabelled;        /* m_endpoints with perhaps another
                                     * group. */
    struct hmap policy_groups;      /* Of all VPCs, by 'id'. */

    /* Entities that were resolved since the last model_run_done(), for those
     * who build on the model.  Contain pointers to entities. */
    struct hmapx changed_vpcs;
    struct hmapx changed_nves;
    struct hmapx changed_endpoints;
    struct hmapx changed_groups;    /* m_policy_groups. */
    struct hmapx changed_encaps;    /* m_encaps. */
};

/* The entity of that name, or NULL. */
struct entity *entity_find(const struct model *, enum model_kind,
                           const char *name);

/* The same; if there is none, it is made, without an object. */
struct entity *entity_get(struct model *, enum model_kind, const char *name);

/* Makes the next model_run() resolve 'entity'. */
void entity_set_dirty(struct model *, struct entity *);

/* 'entity' may have lost its object or its last reference: model_run_done()
 * destroys it if it has. */
void entity_maybe_gone(struct model *, struct entity *);

/* Frees 'entity' at once. */
void entity_destroy(struct model *, struct entity *);

/* Sets why 'entity' is not in use, or NULL; takes 'problem'. */
void entity_set_problem(struct model *, struct entity *, char *problem);

/* The same, with the reason that its alarm is to have. */
void entity_set_problem_as(struct model *, struct entity *,
                           const char *reason, char *problem);

/* Makes 'entity' claim 'keys' and returns a description of the first of them
 * that another object has, or NULL; takes 'keys'.  'meta' may be NULL. */
char *entity_claim(struct model *, struct entity *,
                   const struct resource_meta *meta, struct svec *keys);

static inline bool
m_vpc_is_active(const struct m_vpc *vpc)
{
    return !hmapx_is_empty(&vpc->local) && vpc->vni && vpc->profile;
}

static inline bool
m_endpoint_is_local(const struct m_endpoint *ep)
{
    return ep->binding == BINDING_CLAIMED;
}

#endif /* agent/model/entity.h */
