/* Discovery: documents from which kubectl and client libraries learn which
 * resources there are. */
#ifndef GA_DISCOVERY_H
#define GA_DISCOVERY_H 1

struct json;

/* Returns the document at 'path', for the caller to destroy, or NULL if there
 * is none. */
struct json *discovery_get(const char *path);

/* As discovery_get(), for documents that are JSON texts.  Static data. */
const char *discovery_get_text(const char *path);

#endif /* utilities/nvad/discovery.h */
