/* How objects relate to each other: which claim something that only one may
 * have (a VNI, an address), and which refer to which.
 *
 * Follows the store.  Every question is answered in constant time, or in time
 * proportional to the answer. */
#ifndef GA_REFS_H
#define GA_REFS_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/resource.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "utilities/nvad/object.h"

struct store;
struct json;

/* Something that only one object may have.  Its key is unique over all kinds,
 * and messages show it: "VNI 5", "MAC 0a:00:00:00:00:01 in VPC \"blue\"". */
struct refs_claim {
    char *key;
    char *field;                    /* The object's field that says it. */
    bool shared;                    /* A second claimant only draws a
                                     * warning. */
    bool silent;                    /* A second claimant is for other checks
                                     * to judge. */
    struct in6_addr ip;             /* The address that an endpoint claims, or
                                     * that is claimed in an ExternalNetwork;
                                     * all-zero if 'key' is something else. */
};

/* What an external address of a LoadBalancer claims: among LoadBalancers only,
 * as they do not say in which network. */
#define REFS_SERVICE_ADDRESS_FMT "external address %s of a LoadBalancer"

struct refs_link {
    enum resource_kind kind;        /* Of what is referred to. */
    char *name;
    char *field;
};

/* What one object, stored or about to be, says about itself and others. */
struct refs_facts {
    struct refs_claim *claims;
    size_t n_claims, allocated_claims;
    struct refs_link *links;
    size_t n_links, allocated_links;

    /* The parsed object, if its kind is one that checks look into.  Else
     * NULL. */
    enum resource_kind kind;
    void *parsed;
};

/* Sets the facts to what an object of the kind says.  Returns false if it
 * cannot be parsed; refs_facts_destroy() must follow in any case. */
bool refs_facts_init(struct refs_facts *, enum resource_kind,
                     const struct json *);
void refs_facts_destroy(struct refs_facts *);

/* Follows the store, which must be empty yet. */
struct refs *refs_create(struct store *);
void refs_destroy(struct refs *);

/* An object known to the index. */
struct refs_object {
    struct hmap_node node;          /* In struct refs's "objects". */
    enum resource_kind kind;
    char *name;
    struct refs_facts facts;
    struct refs_claim_node *claims; /* facts.n_claims of them. */
    struct refs_link_node *links;   /* facts.n_links of them. */
};

const struct refs_object *refs_find(const struct refs *, enum resource_kind,
                                    const char *name);

/* The parsed object, or NULL if there is none or it cannot be parsed.  'name'
 * may be NULL: none. */
const void *refs_find_parsed(const struct refs *, enum resource_kind,
                             const char *name);

/* An object that claims 'key', other than the one excepted, or NULL. */
const struct refs_object *refs_find_claimant(const struct refs *,
                                             const char *key,
                                             enum resource_kind except_kind,
                                             const char *except_name);

/* Calls 'cb' for each object of the kind, until it returns false.  This goes
 * through all objects of all kinds. */
void refs_for_each(const struct refs *, enum resource_kind,
                   bool (*cb)(const struct refs_object *, void *aux),
                   void *aux);

size_t refs_count_referrers(const struct refs *, enum resource_kind,
                            const char *name);

/* Calls 'cb' for each object that refers to the one given, until it returns
 * false.  'field' is where it does. */
void refs_for_each_referrer(const struct refs *, enum resource_kind,
                            const char *name,
                            bool (*cb)(const struct refs_object *,
                                       const char *field, void *aux),
                            void *aux);

#endif /* utilities/nvad/refs.h */
