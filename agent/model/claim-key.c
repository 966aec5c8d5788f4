/* Keys of claims: see claim-key.h.
 *
 * There are several for each endpoint, and they are made whenever it changes,
 * so they are binary.  Only a message has them as text. */

#include <config.h>

#include "agent/model/claim-key.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "packets.h"
#include "util.h"

static struct claim_key
make_key(enum claim_key_kind kind, const char *within, const void *value,
         size_t n)
{
    struct claim_key key = { .kind = kind, .within = within };

    memcpy(&key.value, value, n);
    return key;
}

struct claim_key
claim_key_vni(uint32_t vni)
{
    return make_key(CLAIM_KEY_VNI, "", &vni, sizeof vni);
}

struct claim_key
claim_key_option(struct opt_key option)
{
    uint32_t number = opt_key_to_int(option);

    return make_key(CLAIM_KEY_OPTION, "", &number, sizeof number);
}

struct claim_key
claim_key_qos_class(uint32_t number)
{
    return make_key(CLAIM_KEY_QOS_CLASS, "", &number, sizeof number);
}

struct claim_key
claim_key_underlay_ip(const struct in6_addr *ip)
{
    return make_key(CLAIM_KEY_UNDERLAY_IP, "", ip, sizeof *ip);
}

struct claim_key
claim_key_mac(const char *vpc, struct eth_addr mac)
{
    return make_key(CLAIM_KEY_MAC, vpc, &mac, sizeof mac);
}

struct claim_key
claim_key_ip(const char *vpc, const struct in6_addr *ip)
{
    return make_key(CLAIM_KEY_IP, vpc, ip, sizeof *ip);
}

struct claim_key
claim_key_external_ip(const char *external_network, const struct in6_addr *ip)
{
    return make_key(CLAIM_KEY_EXTERNAL_IP, external_network, ip, sizeof *ip);
}

struct claim_key
claim_key_translated_ip(const char *endpoint, const struct in6_addr *ip)
{
    return make_key(CLAIM_KEY_TRANSLATED_IP, endpoint, ip, sizeof *ip);
}

static void
put_value(const struct claim_key *key, struct ds *s)
{
    struct eth_addr mac;
    uint32_t number;

    memcpy(&number, &key->value, sizeof number);
    memcpy(&mac, &key->value, sizeof mac);
    switch (key->kind) {
    case CLAIM_KEY_VNI:
        ds_put_format(s, "VNI %"PRIu32, number);
        break;
    case CLAIM_KEY_OPTION:
        ds_put_format(s, "option "OPT_KEY_FMT, number >> 8, number & 0xff);
        break;
    case CLAIM_KEY_QOS_CLASS:
        ds_put_format(s, "QoS class %"PRIu32, number);
        break;
    case CLAIM_KEY_MAC:
        ds_put_format(s, ETH_ADDR_FMT, ETH_ADDR_ARGS(mac));
        break;
    case CLAIM_KEY_UNDERLAY_IP:
    case CLAIM_KEY_IP:
    case CLAIM_KEY_EXTERNAL_IP:
    case CLAIM_KEY_TRANSLATED_IP:
        ipv6_format_mapped(&key->value, s);
        break;
    }
}

static const struct {
    const char *field;
    const char *within;
} texts[] = {
    [CLAIM_KEY_VNI] = { "spec.vni: ", "" },
    [CLAIM_KEY_OPTION] = { "spec.class, spec.type: ", "" },
    [CLAIM_KEY_QOS_CLASS] = { "spec.number: ", "" },
    [CLAIM_KEY_UNDERLAY_IP] = { "spec.underlay.ips: ", "" },
    [CLAIM_KEY_MAC] = { "spec.mac: ", " in VPC " },
    [CLAIM_KEY_IP] = { "spec.ips: ", " in VPC " },
    [CLAIM_KEY_EXTERNAL_IP] = { "", " in ExternalNetwork " },
    [CLAIM_KEY_TRANSLATED_IP] = { "", " of Endpoint " },
};

static void
put_key(const struct claim_key *key, struct ds *s)
{
    put_value(key, s);
    ds_put_cstr(s, texts[key->kind].within);
    ds_put_cstr(s, key->within);
}

char *
claim_key_to_string(const struct claim_key *key)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    put_key(key, &s);
    return ds_steal_cstr(&s);
}

char *
claim_key_describe(const struct claim_key *key)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    ds_put_cstr(&s, texts[key->kind].field);
    put_key(key, &s);
    return ds_steal_cstr(&s);
}

/* Lists. */

void
claim_keys_init(struct claim_keys *keys)
{
    keys->array = keys->stub;
    keys->n = 0;
    keys->allocated = ARRAY_SIZE(keys->stub);
}

void
claim_keys_destroy(struct claim_keys *keys)
{
    if (keys->array != keys->stub) {
        free(keys->array);
    }
}

static void
expand(struct claim_keys *keys)
{
    struct claim_key *old = keys->array;

    keys->allocated *= 2;
    keys->array = xmalloc(keys->allocated * sizeof *keys->array);
    memcpy(keys->array, old, keys->n * sizeof *keys->array);
    if (old != keys->stub) {
        free(old);
    }
}

void
claim_keys_add(struct claim_keys *keys, struct claim_key key)
{
    if (!claim_keys_contain(keys, &key)) {
        if (keys->n >= keys->allocated) {
            expand(keys);
        }
        keys->array[keys->n++] = key;
    }
}

bool
claim_keys_contain(const struct claim_keys *keys, const struct claim_key *key)
{
    for (size_t i = 0; i < keys->n; i++) {
        const struct claim_key *k = &keys->array[i];

        if (k->kind == key->kind
            && !memcmp(&k->value, &key->value, sizeof k->value)
            && !strcmp(k->within, key->within)) {
            return true;
        }
    }
    return false;
}
