/* JSON of options and of a few other values that several commands show. */
#ifndef GA_OPTION_JSON_H
#define GA_OPTION_JSON_H 1

#include <netinet/in.h>

#include "lib/option.h"

struct json;

/* Each returns a new value, for the caller to destroy. */
struct json *option_json_from_key(struct opt_key);
struct json *option_json_from_keys(const struct opt_key *, size_t n);
struct json *option_json_string(const char *);     /* NULL: null. */
struct json *option_json_integer(long long int);   /* 0: null. */
struct json *option_json_ips(const struct in6_addr *, size_t n);

/* How users read a profile's name: "-" for the built-in empty profile, whose
 * name is "". */
const char *option_json_profile_name(const char *);

#endif /* lib/option-json.h */
