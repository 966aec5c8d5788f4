/* What only one object at a time can have: a number or an address, by itself
 * or within an object that others name. */
#ifndef GA_CLAIM_KEY_H
#define GA_CLAIM_KEY_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/option.h"
#include "openvswitch/types.h"

enum claim_key_kind {
    CLAIM_KEY_VNI,
    CLAIM_KEY_OPTION,
    CLAIM_KEY_QOS_CLASS,
    CLAIM_KEY_UNDERLAY_IP,
    CLAIM_KEY_MAC,
    CLAIM_KEY_IP,
    CLAIM_KEY_EXTERNAL_IP,
    CLAIM_KEY_TRANSLATED_IP,
};

struct claim_key {
    enum claim_key_kind kind;
    struct in6_addr value;          /* Numbers and MACs are padded by 0. */
    const char *within;             /* Borrowed: a name, or "". */
};

struct claim_key claim_key_vni(uint32_t vni);
struct claim_key claim_key_option(struct opt_key);
struct claim_key claim_key_qos_class(uint32_t number);
struct claim_key claim_key_underlay_ip(const struct in6_addr *);
struct claim_key claim_key_mac(const char *vpc, struct eth_addr);
struct claim_key claim_key_ip(const char *vpc, const struct in6_addr *);
struct claim_key claim_key_external_ip(const char *external_network,
                                       const struct in6_addr *);
struct claim_key claim_key_translated_ip(const char *endpoint,
                                         const struct in6_addr *);

/* "10.0.0.1 in VPC blue", for the caller to free. */
char *claim_key_to_string(const struct claim_key *);

/* The same after the field of the object that claims it, if that is always the
 * same: "spec.ips: 10.0.0.1 in VPC blue". */
char *claim_key_describe(const struct claim_key *);

/* The keys of one object, each once, in the order in which they came. */
struct claim_keys {
    struct claim_key *array;
    size_t n, allocated;
    struct claim_key stub[4];
};

/* May not be copied or moved from now on. */
void claim_keys_init(struct claim_keys *);
void claim_keys_destroy(struct claim_keys *);
void claim_keys_add(struct claim_keys *, struct claim_key);
bool claim_keys_contain(const struct claim_keys *, const struct claim_key *);

#endif /* agent/model/claim-key.h */
