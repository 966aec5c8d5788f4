/* The URLs of nve-controller, of which one is in use.
 *
 * They are those of servers with the same objects:
 * "https://nva-1:8443,https://nva-2:8443".  If the one in use fails for some
 * seconds, the next one is tried, in a circle. */
#ifndef GA_CONTROLLER_URLS_H
#define GA_CONTROLLER_URLS_H 1

#include <stdbool.h>

/* How long a server may fail, at least, for tests to change. */
#define CONTROLLER_URLS_PATIENCE_MS 3000

/* Takes apart URLs of http and https, with commas between them.  Returns NULL,
 * with a message in '*error' for the caller to free, if one is of no use.  The
 * first one is in use. */
struct controller_urls *controller_urls_create(const char *text,
                                               long long int patience_ms,
                                               char **error);

/* NULL is fine. */
void controller_urls_destroy(struct controller_urls *);

/* The one in use, without a '/' at its end. */
const char *controller_urls_get(const struct controller_urls *);

/* To be called often with the state of the server in use: whether everything
 * that was asked of it fails, and whether it has listed everything.  Returns
 * true if another one is in use from now on. */
bool controller_urls_run(struct controller_urls *, bool failing, bool current);
void controller_urls_wait(const struct controller_urls *);

#endif /* agent/controller/controller-urls.h */
