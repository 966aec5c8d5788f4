/* Attachments: by which provider networks this node reaches the outside.
 *
 * The setting nve-bridge-mappings says which bridge of the operator's has
 * which physical network.  One patch pair for each joins that bridge and the
 * integration bridge:
 *
 *     ext-PHYSNET    on the integration bridge
 *     int-PHYSNET    on the provider bridge
 *
 * Both are ours, by external_ids:geneve-agent and nve-physical-network.  The
 * provider bridge itself, and all else that is on it, stays the operator's and
 * is never written. */
#ifndef GA_ATTACHMENTS_H
#define GA_ATTACHMENTS_H 1

#include <stdbool.h>
#include <stddef.h>

#include "agent/node/rows.h"
#include "openvswitch/types.h"

struct attachments;
struct iface;
struct smap;

/* What the provider bridge's other ports say: those that are neither patch
 * ports nor its own, nor an endpoint's. */
enum uplink_state {
    UPLINK_UNKNOWN,                 /* There are none. */
    UPLINK_UP,                      /* At least one has a link. */
    UPLINK_DOWN,                    /* There are some, and none has a link. */
};

struct attachment {
    char *physnet;                  /* The physical network. */
    char *bridge;                   /* The provider bridge's name. */
    ofp_port_t ofport;              /* Of ext-PHYSNET; 0: it has none (yet). */
    enum uplink_state uplink;
    char *note;                     /* See attachments_set_note(), or NULL. */
};

struct attachments *attachments_create(void);
/* Leaves the database as it is. */
void attachments_destroy(struct attachments *);

/* Wants one for each pair "physical network -> bridge" of 'mappings', and no
 * others. */
void attachments_set_mappings(struct attachments *,
                              const struct smap *mappings);

/* Returns the attachment to 'physnet', or NULL if no mapping has it. */
const struct attachment *attachments_find(const struct attachments *,
                                          const char *physnet);
/* All of them, by physical network: contains "struct attachment"s. */
const struct shash *attachments_get_all(const struct attachments *);

/* Wants 'note' (NULL: none) for external_ids:nve-neighbors of ext-PHYSNET.
 * Until the first call, attachment.note is what an earlier run left there.
 * Returns true if there is something to write. */
bool attachments_set_note(struct attachments *, const char *physnet,
                          const char *note);

/* Whether attachments_read() has to be called after 'iface' came, went or
 * changed. */
bool attachments_concern(const struct attachments *, const struct iface *);
/* The same for a port that came or went.  It may have another name than its
 * interfaces. */
bool attachments_concern_port(const char *name);

/* Reads what the database has.  To be called after any change of a bridge,
 * too. */
void attachments_read(struct attachments *, const struct rows *);

/* Whether attachments_write() would look at anything. */
bool attachments_are_dirty(const struct attachments *);

/* Writes what makes the database's patch ports those that are wanted.  Returns
 * true if there was anything to write.  The next call looks at what was
 * written once more, and so must come after the transaction has ended and the
 * IDL has run. */
bool attachments_write(struct attachments *, const struct rows_target *);

/* Whether there is a port of ours that Open vSwitch could not add: see
 * tunnels_have_failed(). */
bool attachments_have_failed(const struct attachments *);

/* Sets '*changed' to true if attachments_find() or attachments_get_all() has
 * changed since the last call, but for notes, and '*problems' if a problem
 * has. */
void attachments_take_changes(struct attachments *, bool *changed,
                              bool *problems);
void attachments_for_each_problem(const struct attachments *,
                                  rows_problem_cb *, void *aux);

#endif /* agent/node/attachments.h */
