/* What attachments.c and attachments-write.c share. */
#ifndef GA_ATTACHMENTS_PRIVATE_H
#define GA_ATTACHMENTS_PRIVATE_H 1

#include "agent/node/attachments.h"
#include "openvswitch/shash.h"

/* The two ends of a patch pair. */
enum patch_end {
    PATCH_EXT,                      /* On the integration bridge. */
    PATCH_INT,                      /* On the provider bridge. */
    PATCH_N_ENDS
};

struct patch_pair {
    struct attachment up;           /* What others see. */

    /* What the database has.  Rows are good until the IDL runs. */
    const struct vswrec_bridge *row; /* The provider bridge; NULL: it is not
                                     * there or cannot be used. */
    bool obstructed;                /* Somebody else has one of the names. */
    bool failed;                    /* A port could not be added. */
    bool noted;                     /* attachments_set_note() was called. */
    char *problem;                  /* Or NULL. */
};

struct attachments {
    struct shash pairs;             /* "struct patch_pair"s, by physnet. */
    bool dirty;                     /* Rows might not be as they should be. */
    bool changed;                   /* For attachments_take_changes(). */
    bool problems_changed;
};

/* The name of an end of the patch pair, for the caller to free. */
char *patch_pair_get_name(const struct patch_pair *, enum patch_end);

/* The bridge that an end belongs on, or NULL if it is not there. */
const struct vswrec_bridge *patch_pair_get_place(const struct patch_pair *,
                                                 const struct rows *,
                                                 enum patch_end);

/* Whether the pair should exist, and nobody else is in the way. */
bool patch_pair_is_wanted(const struct patch_pair *, const struct rows *);

/* The physical network that 'iface' is an end for, if it is a port of ours for
 * one, or NULL. */
const char *attachments_get_physnet(const struct iface *);

#endif /* agent/node/attachments-private.h */
