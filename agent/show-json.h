/* JSON of things that several of the show commands tell. */
#ifndef GA_SHOW_JSON_H
#define GA_SHOW_JSON_H 1

#include <netinet/in.h>

#include "lib/option.h"

struct json;

struct json *show_option(struct opt_key);
struct json *show_options(const struct opt_key *, size_t n);
struct json *show_string(const char *);     /* NULL: null. */
struct json *show_integer(long long int);   /* 0: null. */
struct json *show_ips(const struct in6_addr *, size_t n);

/* The name of a profile: "-" for the built-in empty one. */
const char *show_profile_name(const char *);

#endif /* agent/show-json.h */
