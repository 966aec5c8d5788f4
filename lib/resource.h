/* The product's resources, from JSON to C.
 *
 * JSON follows the conventions of the Kubernetes API: apiVersion, kind,
 * metadata, spec (what is desired), status (what is observed).  Each kind has
 * its file, resource-KIND.[ch], with its structure, its parser and its class.
 *
 * KIND_from_json() takes a whole object ("apiVersion" and "kind" may be
 * absent, but must be right if present) and returns a new structure, or NULL
 * with at least one error added to 'errors', which must not be NULL.
 * 'warnings', if nonnull, takes what draws a warning but no refusal.  Unknown
 * members are ignored; null is the same as absent.  KIND_destroy() takes NULL,
 * too.
 *
 * A parser checks an object by itself, as far as that goes without looking at
 * others, and reports every fault with its field.  What depends on other
 * objects (unique VNIs, references) is checked by who knows them: nvad when
 * an object is written, the agent again when it uses it. */
#ifndef GA_RESOURCE_H
#define GA_RESOURCE_H 1

#include "lib/resource-advertisement-ack.h"
#include "lib/resource-class.h"
#include "lib/resource-endpoint.h"
#include "lib/resource-external-network.h"
#include "lib/resource-floating-ip.h"
#include "lib/resource-geneve-option.h"
#include "lib/resource-load-balancer.h"
#include "lib/resource-name.h"
#include "lib/resource-nve.h"
#include "lib/resource-option-profile.h"
#include "lib/resource-qos.h"
#include "lib/resource-vpc-gateway.h"
#include "lib/resource-vpc-policy.h"
#include "lib/resource-vpc-route.h"
#include "lib/resource-vpc.h"

enum resource_kind {
    RES_GENEVE_OPTION,
    RES_OPTION_PROFILE,
    RES_VPC,
    RES_NVE,
    RES_ENDPOINT,
    RES_ADVERTISEMENT_ACK,
    RES_VPC_POLICY,
    RES_EXTERNAL_NETWORK,
    RES_VPC_GATEWAY,
    RES_FLOATING_IP,
    RES_VPC_ROUTE,
    RES_LOAD_BALANCER,
    RES_QOS_POLICY,
    RES_QOS_CLASS,
    RES_N_KINDS
};

const struct resource_class *resource_get_class(enum resource_kind);

/* The kind called "GeneveOption", or "geneveoptions".  Returns false if there
 * is none of that name. */
bool resource_kind_from_kind(const char *kind, enum resource_kind *);
bool resource_kind_from_plural(const char *plural, enum resource_kind *);

/* Whether objects of the kind belong to a VPC, which their spec.vpc names. */
bool resource_kind_has_vpc(enum resource_kind);

/* KIND_from_json() and KIND_destroy() of the kind. */
void *resource_parse(enum resource_kind, const struct json *,
                     struct field_errors *, struct svec *warnings);
void resource_destroy(enum resource_kind, void *resource);

/* What is in force in place of an object that has faults and has never been
 * valid; or NULL for nothing. */
void *resource_parse_faulty(enum resource_kind, const struct json *);

/* Parses an object only to check it.  Returns false, with at least one error
 * added, if it is invalid. */
bool resource_validate(enum resource_kind, const struct json *,
                       struct field_errors *, struct svec *warnings);

/* Returns false, with at least one error added, if 'new' differs from 'old'
 * where it may not: in its name, in an option's class, type or length
 * (RFC 8926, section 3.5.1), in an endpoint's vpc.  'old' has been valid once.
 * What is wrong with 'new' by itself is for resource_validate() to find. */
bool resource_validate_update(enum resource_kind, const struct json *old,
                              const struct json *new, struct field_errors *);

#endif /* lib/resource.h */
