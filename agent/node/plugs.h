/* Plugs: by which interface an endpoint is plugged in here.
 *
 * An interface of the integration bridge with external_ids:iface-id belongs to
 * the endpoint of that name.  It plugs the endpoint in if it works: if it has
 * an OpenFlow port and no error.  Interfaces with the same iface-id are
 * rivals: of those that work the newest has the endpoint, but one with
 * external_ids:nve-claim=hold only if there is no other.  That there are
 * several is a problem. */
#ifndef GA_PLUGS_H
#define GA_PLUGS_H 1

#include <stdbool.h>

#include "agent/node/rows.h"
#include "openvswitch/types.h"
#include "openvswitch/uuid.h"

struct iface;
struct plugs;
struct shash;
struct sset;

struct plug {
    char *iface_id;                 /* Name of the endpoint. */
    char *name;                     /* Of the Interface that has it. */
    ofp_port_t ofport;              /* Never 0. */
    struct uuid uuid;               /* Of the Interface's row.  Another one:
                                     * the endpoint was plugged in anew. */
    bool hold;                      /* external_ids:nve-claim=hold: the port
                                     * is here, but the endpoint is not to be
                                     * claimed from another node yet. */
    bool settled;                   /* It was known who has the endpoint, after
                                     * this interface was plugged in: see
                                     * iface-settled.h. */
};

struct plugs *plugs_create(void);
void plugs_destroy(struct plugs *);

/* Takes note of 'iface', which is new, or whose row or place changed.  It must
 * have been refreshed, and all other ifaces must have their places.  Adds to
 * 'changed' the names of endpoints whose plug came, went or changed.  Returns
 * true if a problem came, went or changed. */
bool plugs_refresh_iface(struct plugs *, struct iface *, struct sset *changed);

/* The same for 'iface', which is about to be freed. */
bool plugs_remove_iface(struct plugs *, struct iface *, struct sset *changed);

/* Contains "struct plug"s, by iface-id; good until one of the functions above
 * is called. */
const struct shash *plugs_get_all(const struct plugs *);

/* The interface that has the endpoint 'iface_id', or NULL. */
struct iface *plugs_find_iface(const struct plugs *, const char *iface_id);

/* The endpoint's name, if 'iface' is one of those with its iface-id, or
 * NULL. */
const char *plugs_get_iface_id(const struct iface *);

/* Whether 'iface' has the endpoint of its iface-id. */
bool plugs_iface_wins(const struct iface *);

void plugs_for_each_problem(const struct plugs *, rows_problem_cb *,
                            void *aux);

#endif /* agent/node/plugs.h */
