/* What the API has, for clients that ask. */
#ifndef GA_DISCOVERY_H
#define GA_DISCOVERY_H 1

struct json;

struct json *discovery_get(const char *path);
const char *discovery_get_text(const char *path);

#endif /* utilities/nvad/discovery.h */
