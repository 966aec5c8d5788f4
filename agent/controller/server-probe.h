/* Asks a server that is silent whether it is still there.
 *
 * An idle server need not send anything for a long time: Kubernetes sends a
 * bookmark only if something newer happened.  So silence by itself says
 * nothing, and opening every watch again would cost the server much more than
 * one small question for all of them. */
#ifndef GA_SERVER_PROBE_H
#define GA_SERVER_PROBE_H 1

#include <stdbool.h>

struct rest;

/* Times, for tests to change. */
struct server_probe_tuning {
    long long int quiet_ms;         /* Silence after which it asks; it may be
                                     * a third longer. */
    long long int answer_ms;        /* Within which an answer begins. */
};
extern const struct server_probe_tuning server_probe_default_tuning;

/* Probes the server at 'base_url', for which 'rest' (borrowed) is used.  Any
 * byte that comes to 'rest' is a sign of life.  'tuning' may be NULL. */
struct server_probe *server_probe_create(struct rest *, const char *base_url,
                                         const struct server_probe_tuning *);

/* NULL is fine. */
void server_probe_destroy(struct server_probe *);

/* Returns true if the server has just been found dead: it left two questions
 * in a row without any answer.  Then it is asked anew after another
 * silence. */
bool server_probe_run(struct server_probe *);
void server_probe_wait(struct server_probe *);

#endif /* agent/controller/server-probe.h */
