/* The model's data: entities, and what each kind of entity holds.
 *
 * An entity lives as long as its object exists or another entity refers to it
 * by name: a reference may come before what it refers to. */
#ifndef GA_ENTITY_H
#define GA_ENTITY_H 1

#include "agent/controller/objects.h"
#include "agent/model/claims.h"
#include "agent/model/packet-limit.h"
#include "agent/model/resolved-option.h"
#include "agent/model/vni-rest.h"
#include "agent/switch/flow-owner.h"
#include "heap.h"
#include "hmapx.h"
#include "lib/damping.h"
#include "lib/encapsulation.h"
#include "lib/mtu-counts.h"
#include "lib/negotiation.h"
#include "lib/order-groups.h"
#include "lib/selector-index.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "openvswitch/uuid.h"
#include "sset.h"

struct alarms;
struct claim_key;
struct claim_keys;
struct json;
struct m_label_set;
struct m_policy_group;
struct model;
struct ofctrl;
struct send_plan;
struct source_set;

/* The kinds of entity, in the order in which they are brought up to date: a
 * change of one kind makes only entities of later kinds dirty. */
enum model_kind {
    MODEL_OPTION,
    MODEL_PROFILE,
    MODEL_NVE,
    MODEL_VPC,
    MODEL_POLICY,
    MODEL_ENDPOINT,
    MODEL_EXTNET,
    MODEL_GATEWAY,
    MODEL_FIP,
    MODEL_ROUTE,
    MODEL_LB,
    MODEL_QOS_CLASS,
    MODEL_QOS_POLICY,
    MODEL_N_KINDS
};

/* What all entities have. */
struct entity {
    struct hmap_node node;          /* In model's 'entities[kind]', by name. */
    struct ovs_list dirty_node;     /* In model's 'dirty[kind]', or empty. */
    const struct entity_class *class;
    char *name;
    const struct object *object;    /* NULL: the controller has none. */
    struct claimant claimant;
    char *problem;                  /* Why it is not in use, or NULL. */
    uint32_t id;                    /* A number for flows; 0: see 'has_id'. */
};

/* A kind of entity.  Each is in a file of its own, model-KIND.c. */
struct entity_class {
    enum model_kind kind;
    const char *name;               /* Kind of the objects, for messages. */
    bool has_id;                    /* They have an 'id'. */

    /* Returns a new entity, made by entity_alloc(), whose members beyond 'up'
     * are initialized. */
    struct entity *(*create)(const char *name);

    /* Brings 'entity' up to date.  If it changed, makes the entities that
     * build on it dirty.  The result depends only on the object, on what the
     * object refers to and on what was in force before ("the last valid one
     * stays"), so calling it more often than needed changes nothing. */
    void (*resolve)(struct model *, struct entity *entity);

    /* Whether 'entity' has to stay although it has no object. */
    bool (*is_referenced)(const struct model *, const struct entity *entity);

    /* Drops every reference that 'entity', which has no object any more,
     * holds. */
    void (*release)(struct model *, struct entity *entity);

    /* Frees 'entity', which has been released.  Its flows go with it. */
    void (*destroy)(struct model *, struct entity *entity);
};

/* GeneveOption. */
struct m_option {
    struct entity up;
    struct hmapx profiles;          /* m_profiles that name it. */
};

/* OptionProfile.  The one with the name "" is built in, and empty. */
struct m_profile {
    struct entity up;
    bool exists;                    /* Had an object when last resolved. */
    bool valid;                     /* Could be used at least once. */
    struct resolved_option *options;
    size_t n_options;
    struct sender_table sender;     /* The same, for negotiation. */
    struct source_set *source;      /* What flows set: see source-set.h. */
    struct hmapx options_used;      /* m_options that it names. */
    struct hmapx vpcs;              /* m_vpcs that want or use it. */
    bool sends_service;             /* This node sends services' option: see
                                     * remotes/remotes.c. */
};

/* VPC. */
struct m_vpc {
    struct entity up;
    bool exists;                    /* Had an object when last resolved. */
    bool was_here;                  /* m_vpc_is_here(), as routes know it. */
    uint32_t vni;                   /* 0: it has none, or another has it. */
    struct m_profile *wanted;       /* That the object names; or NULL. */
    struct m_profile *profile;      /* In use; NULL: blocked, or no object. */
    struct m_profile *sent;         /* By which its packets are made: 'profile'
                                     * or the one before; see
                                     * remotes/profile-switch.h. */
    long long int switch_until;     /* time_msec() when 'sent' becomes
                                     * 'profile' at the latest; 0: not set. */
    struct ovs_list endpoints;      /* All of its m_endpoints, by vpc_node. */
    struct hmapx local;             /* Of them, those bound here. */
    size_t n_status_here;           /* Of them, those with 'status_here'. */
    struct hmapx gateways;          /* m_gateways that name it. */
    size_t n_gateways_here;         /* Of them, those that this node can
                                     * be, and may have been. */
    struct hmapx routes;            /* m_routes. */
    struct hmapx fips;              /* m_fips of its endpoints. */
    struct hmapx lbs;               /* m_lbs that name it. */
    size_t n_lbs;                   /* Of them, those that are valid. */
    struct hmapx qos_policies;      /* m_qos_policies that name it. */
    struct hmap shares;             /* "struct m_share"s, by NVE. */

    /* See remotes/vpc-mtu.c.  0: not known. */
    struct mtu_counts mtus;         /* Of 'shares'. */
    int exact_mtu;                  /* The smallest, as of now. */
    int mtu;                        /* That endpoints are told. */
    int iface_mtu;                  /* That their interfaces have. */

    uint16_t return_zone;           /* Conntrack zone; 0: none.  See
                                     * flows/return-stage.h. */
    uint32_t subnet_gateways;       /* Hash of its subnets' gateways... */
    uint32_t subnets;               /* ...and of all that subnets are. */
    struct flow_owner flows;        /* Reception and replication. */

    /* See model-label.h and model-policy.h. */
    struct hmapx policies;          /* m_policies. */
    struct hmap label_sets;         /* "struct m_label_set"s, by text. */
    struct hmap label_set_ids;      /* The same, by id. */
    struct selector_index label_index;  /* Those that endpoints have. */
    struct hmap label_pairs;        /* "struct m_label_pair"s, if... */
    bool counts_pairs;              /* ...they are counted. */
    struct hmap policy_groups;      /* "struct m_policy_group"s, in use. */
    size_t n_selected[POLICY_N_DIRECTIONS];     /* Local endpoints that have
                                                 * a group there. */
    bool policies_known;            /* All of them; see remotes/enforce.h. */
    bool policies_changed;          /* For m_policy_run(). */
    bool pairs_changed;
    bool sets_changed;
};

/* What a VPC has at a remote NVE: endpoints, or a gateway, or both. */
struct m_share {
    struct hmap_node vpc_node;      /* In struct m_vpc's 'shares'. */
    struct hmap_node nve_node;      /* In struct m_nve's 'shares'. */
    struct m_vpc *vpc;
    struct m_nve *nve;
    size_t n_endpoints;
    size_t n_gateways;              /* That this NVE can be. */
    int mtu;                        /* As counted in vpc's 'mtus', or 0. */

    /* How senders there are known: see remotes/enforce.h. */
    bool by_address;                /* By their addresses, not by labels. */
    bool flipped;                   /* Scratch: 'by_address' changed. */
    long long int labels_since;     /* time_msec() since when the NVE should
                                     * send labels; 0: it should not. */
};

/* What agent/plans/plan-assign.c keeps of a remote; all-zero at first. */
struct plan_seat {
    struct order_member member;     /* Its group; none while it is held. */
    struct damping damping;
    unsigned int n_advertisements;  /* When its constraints were last read. */
};

/* NVE. */
struct m_nve {
    struct entity up;
    struct hmap shares;             /* "struct m_share"s, by VPC. */
    long long int absent_since;     /* time_msec() since when it is known to
                                     * have no object; 0: it has one, or not
                                     * all objects are known. */
    size_t n_gateways;              /* That name it. */
    bool exists;                    /* As those were told. */
    struct sset external_networks;  /* That it says it is attached to. */
    bool gone;                      /* Absent for so long that claims in its
                                     * name count no more. */

    struct json *advertisement;     /* The present one; NULL: none. */
    struct json *last_good;         /* If that is malformed: the last one
                                     * before that was not, or NULL. */
    int64_t advertisement_id;       /* Which tables these are, 0 if they do */
    int64_t last_good_id;           /* not say, or are NULL. */
    bool advertisement_good;        /* 'advertisement' is not malformed. */
    unsigned int n_advertisements;  /* How often it changed. */
    const struct encapsulation *encapsulation; /* By which we exchange packets;
                                     * NULL: none that both have. */
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
    bool split;                     /* What BFD sends there has a DSCP of its
                                     * own, so packets of no class go by
                                     * another port: see class-ports.h. */

    struct send_plan *plan;         /* That serves it; NULL: the base plan. */
    uint32_t mark;                  /* Its number in pkt_mark, 16 bits; 0:
                                     * none. */
    struct plan_seat seat;          /* For agent/plans/plan-assign.c. */

    /* For agent/remotes/remote-states.c. */
    bool is_counted;
    unsigned int state;             /* "enum remote_state", if counted. */
    struct ovs_list pending_node;   /* In its 'pending', if that is pending. */
};

enum binding {
    BINDING_NONE,                   /* Not plugged in here, or not usable. */
    BINDING_CLAIMED,                /* Plugged in here, and ours. */
    BINDING_REFUSED,                /* Plugged in here, but spec.nve or a
                                     * newer claim says it is another's. */
};

enum endpoint_phase {
    ENDPOINT_PENDING,               /* Not here, or something is missing that
                                     * may come by itself. */
    ENDPOINT_RUNNING,               /* Its packets may go out. */
    ENDPOINT_BLOCKED,               /* Its VPC is not in use, or an option that
                                     * its packets must carry cannot be set. */
    ENDPOINT_REFUSED,               /* Its object cannot be accepted here. */
};

enum endpoint_place {
    ENDPOINT_NOWHERE,               /* Neither, and not counted. */
    ENDPOINT_REMOTE,                /* 'nve' has it, and it is not plugged in
                                     * here. */
    ENDPOINT_LOCAL,                 /* Plugged in here... */
    ENDPOINT_LOCAL_BLOCKED,         /* ...but blocked or refused. */
    ENDPOINT_N_PLACES
};

/* What an endpoint has where it is plugged in, or was. */
struct m_here {
    struct uuid plug;               /* The interface's row, if plugged in. */
    struct flow_owner meter_flows;  /* See flows/meter-stage.h. */
    uint32_t bum_meter;             /* Its OpenFlow meters, 0: none. */
    uint32_t packet_in_meter;
    uint32_t limit_meters[2 * QOS_N_DIRECTIONS];    /* See limit-stage.h. */
    struct packet_limit answer_limit;   /* Of answers to what it sent. */

    /* See model-policy.h.  NULL: not local, or no policy applies to it. */
    struct m_policy_group *groups[POLICY_N_DIRECTIONS];
    uint16_t ct_zone;               /* Conntrack zone; 0: none.  See
                                     * remotes/enforce.h. */
};

/* What refers to an endpoint: see m_endpoint_get_users(). */
struct m_users {
    struct hmapx fips;              /* m_fips that name it. */
    struct hmapx routes;            /* m_routes whose spec.via names it. */
    struct hmapx lbs;               /* m_lbs that it is a backend of. */
};

/* There is one for each endpoint of a VPC that is here, so it has pointers to
 * what most of them do not need. */
struct m_endpoint {
    struct entity up;
    struct ovs_list vpc_node;       /* In vpc's 'endpoints', if in a VPC. */
    struct ovs_list set_node;       /* In labels' 'endpoints', if that is
                                     * nonnull. */
    struct m_vpc *vpc;              /* NULL if not known. */
    struct m_nve *nve;              /* Where it is, if remote; or NULL. */
    ofp_port_t ofport;              /* 0: not plugged. */
    enum binding binding : 4;
    enum endpoint_place counted : 4;    /* In the model's n_endpoints. */
    enum endpoint_phase phase : 4;  /* See endpoint-phase.h. */
    bool plugged : 1;               /* An interface here has its iface-id. */
    bool hold : 1;                  /* ...and it is not to be claimed from
                                     * another node: see plugs.h. */
    bool fresh_plug : 1;            /* So recently that our claim is the
                                     * newest. */
    bool status_here : 1;           /* Its status says that it is here; as
                                     * counted in vpc's n_status_here. */
    bool attached : 1;              /* Packets can be delivered to it here. */
    char *message;                  /* Why 'phase' is not running, or NULL. */

    struct flow_owner flows;
    struct m_here *here;            /* NULL: it was never plugged in here. */
    struct m_users *users;          /* NULL: it never had any. */

    /* See model-label.h. */
    struct m_label_set *labels;     /* NULL: it has no object, or no VPC. */
    struct m_label_set *number_set; /* That its number stands for; NULL: it
                                     * has no number. */
    uint32_t number;
};

#define M_CAST(TYPE, ENTITY) CONTAINER_OF(ENTITY, struct TYPE, up)

struct model {
    char *self;                     /* Our NVE's name, or NULL. */
    struct entity *self_nve;        /* The NVE of that name, or NULL if
                                     * 'self' is. */
    encapsulation_set encapsulations;   /* That this node has... */
    encapsulation_set used_encapsulations;  /* ...and by which it exchanges
                                     * packets: see model-nve.c. */
    bool writable;                  /* Claims can be published. */
    bool complete;                  /* Every object has been listed: one that
                                     * is missing does not exist. */
    const struct entity_class *const *classes;  /* By kind. */
    struct hmap entities[MODEL_N_KINDS];
    struct ovs_list dirty[MODEL_N_KINDS];
    struct hmap ids;                /* Those that entities have. */
    struct sset physical_networks;  /* That this node is attached to. */
    bool attachments_changed;       /* Of any NVE, since model_run(). */
    uint64_t n_resolved;            /* Entities, since the start: grows if, and
                                     * only if, something has changed. */
    struct hmap timed;              /* When entities are resolved again. */
    struct heap times;              /* The same: the next one first. */
    struct claims claims;
    struct vni_rests vni_rests;
    struct json *former_vnis;       /* {"VNI": "VPC"} of the last run of the
                                     * agent, until 'complete'; or NULL. */
    uint64_t n_destroyed;           /* Entities, since the start. */
    struct alarms *alarms;
    struct ofctrl *ofctrl;          /* That has the entities' flows. */
    bool touched;                   /* A set of changes may have a member: see
                                     * model-touch.h. */
    struct m_profile *no_profile;   /* The built-in empty one, named "". */

    struct hmapx active_vpcs;       /* m_vpc_is_active(). */
    struct hmapx plugged;           /* m_endpoints with an interface here. */
    size_t n_endpoints[ENDPOINT_N_PLACES];  /* See m_endpoint_count(). */
    struct hmapx leaving;           /* m_profiles that options are leaving; see
                                     * source-set.h. */
    struct hmapx switching;         /* m_vpcs with another 'sent' than
                                     * 'profile'. */
    struct hmapx maybe_gone;        /* Entities that may have neither object
                                     * nor references. */

    /* For m_policy_run(). */
    struct hmapx policy_vpcs;       /* m_vpcs whose groups may change. */
    struct hmapx relabelled;        /* m_endpoints that may get another
                                     * group. */
    struct hmap policy_groups;      /* Of all VPCs, by 'id'. */

    /* What changed in this turn, for the stages that build on the model.  To
     * be read by anybody, and written by model-touch.c only. */
    struct hmapx changed_vpcs;      /* m_vpcs. */
    struct hmapx changed_nves;      /* m_nves. */
    struct hmapx changed_endpoints; /* m_endpoints. */
    struct hmapx changed_groups;    /* m_policy_groups. */
    struct hmapx changed_encaps;    /* m_encaps. */
    struct hmapx changed_extnets;   /* m_extnets. */
    struct hmapx changed_gateways;  /* m_gateways. */
    struct hmapx changed_fips;      /* m_fips. */
    struct hmapx changed_routes;    /* m_routes. */
    struct hmapx changed_lbs;       /* m_lbs. */
    struct hmapx changed_qos_policies;  /* m_qos_policies. */
    struct hmapx changed_qos_classes;   /* m_qos_classes. */
};

/* Empties a set of entities, and gives back the room that it took when much
 * changed at once: a walk of it later would take time in proportion to
 * that. */
void entity_set_clear(struct hmapx *);

/* Returns less than 0 if 'a' comes before 'b', of which each agent, whenever
 * it started, says the same: a late duplicate disturbs nobody.  In this order:
 * the one whose object is older (resource-age.h), then the one with the least
 * name of its kind.  One without an object comes last.  Different entities are
 * never equal. */
int entity_compare(const struct entity *a, const struct entity *b);

/* The same, for claims_init(). */
int entity_compare_claimants(const struct claimant *, const struct claimant *);

/* Returns 'size' bytes, of which a struct entity is the first part, for a new
 * entity of that name.  They are all-zero but for the name, which is in the
 * same block. */
void *entity_alloc(size_t size, const char *name);

/* Returns the entity of that kind and name, or NULL. */
struct entity *entity_find(const struct model *, enum model_kind,
                           const char *name);

/* Returns the same; if there is none, it is made, without an object. */
struct entity *entity_get(struct model *, enum model_kind, const char *name);

/* Makes the next model_run() resolve 'entity'. */
void entity_set_dirty(struct model *, struct entity *);

/* Makes the first model_run() from time_msec() 'when' on resolve 'entity',
 * whatever was asked for before. */
void entity_set_dirty_at(struct model *, struct entity *, long long int when);

/* Takes that back, if it was asked for. */
void entity_forget_time(struct model *, struct entity *);

/* When that will be; 0 if it was not asked for. */
long long int entity_get_time(const struct model *, const struct entity *);

/* Makes dirty what is to be resolved again by now; wakes the poll loop for
 * what is to be resolved later. */
void entity_run_timed(struct model *);
void entity_wait_timed(const struct model *);

/* 'entity' may have lost its object or its last reference: model_run_done()
 * destroys it if it has neither. */
void entity_maybe_gone(struct model *, struct entity *);

/* Releases and frees 'entity'. */
void entity_destroy(struct model *, struct entity *);

/* Sets why 'entity' is not in use, or NULL, and raises or clears the alarm
 * that says so.  Takes ownership of 'problem'. */
void entity_set_problem(struct model *, struct entity *, char *problem);

/* The same, for an alarm with another reason than "refused". */
void entity_set_problem_as(struct model *, struct entity *,
                           const char *reason, char *problem);

/* Makes 'entity' claim just 'keys'; it uses those in 'used', as far as its
 * object's status says.  Destroys both.  Returns a description of the first
 * key that another entity has, for the caller to free, or NULL. */
char *entity_claim(struct model *, struct entity *, struct claim_keys *keys,
                   struct claim_keys *used);

/* Returns the entity that holds 'key', or NULL. */
struct entity *entity_find_holder(const struct model *,
                                  const struct claim_key *);

/* Returns the entity that holds 'key' instead of 'entity', or NULL. */
const struct entity *entity_find_rival(const struct model *,
                                       const struct entity *entity,
                                       const struct claim_key *);

/* The same as a problem with 'field', which says the key, for the caller to
 * free; or NULL.  'field' is NULL for a key that is always said by the same
 * one. */
char *entity_describe_rival(const struct model *, const struct entity *,
                            const struct claim_key *, const char *field);

/* Whether 'vpc' matters here: it has an endpoint of this node, or this node
 * can be its gateway. */
static inline bool
m_vpc_is_here(const struct m_vpc *vpc)
{
    return !hmapx_is_empty(&vpc->local) || vpc->n_gateways_here;
}

/* Whether 'vpc' is in use here: it is here, and has all that packets need. */
static inline bool
m_vpc_is_active(const struct m_vpc *vpc)
{
    return m_vpc_is_here(vpc) && vpc->vni && vpc->profile;
}

/* What refers to 'ep'. */
extern const struct m_users m_no_users;
static inline const struct m_users *
m_endpoint_get_users(const struct m_endpoint *ep)
{
    return ep->users ? ep->users : &m_no_users;
}

/* Whether 'ep' is bound to this node. */
static inline bool
m_endpoint_is_local(const struct m_endpoint *ep)
{
    return ep->binding == BINDING_CLAIMED;
}

/* The group that 'ep' belongs to: see model-policy.h.  NULL: it is not local,
 * or no policy applies to it. */
static inline struct m_policy_group *
m_endpoint_get_group(const struct m_endpoint *ep,
                     enum policy_direction direction)
{
    return ep->here ? ep->here->groups[direction] : NULL;
}

/* Whether the connections of 'ep' are tracked: policies apply to it. */
static inline bool
m_endpoint_is_tracked(const struct m_endpoint *ep)
{
    return (m_endpoint_get_group(ep, POLICY_INGRESS)
            || m_endpoint_get_group(ep, POLICY_EGRESS));
}

#endif /* agent/model/entity.h */
