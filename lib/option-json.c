/* JSON of options and the like. */

#include <config.h>

#include "lib/option-json.h"

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "packets.h"

struct json *
option_json_from_key(struct opt_key key)
{
    return json_string_create_nocopy(opt_key_to_string(key));
}

struct json *
option_json_from_keys(const struct opt_key *keys, size_t n)
{
    struct json *json = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        json_array_add(json, option_json_from_key(keys[i]));
    }
    return json;
}

struct json *
option_json_string(const char *s)
{
    return s ? json_string_create(s) : json_null_create();
}

struct json *
option_json_integer(long long int i)
{
    return i ? json_integer_create(i) : json_null_create();
}

struct json *
option_json_ips(const struct in6_addr *ips, size_t n)
{
    struct json *json = json_array_create_empty();

    for (size_t i = 0; i < n; i++) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ipv6_format_mapped(&ips[i], &s);
        json_array_add(json, json_string_create_nocopy(ds_steal_cstr(&s)));
    }
    return json;
}

const char *
option_json_profile_name(const char *name)
{
    return name[0] ? name : "-";
}
