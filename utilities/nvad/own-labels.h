/* The labels nvo3.io/..., by which agents select objects.  nvad sets them,
 * whatever clients sent. */
#ifndef GA_OWN_LABELS_H
#define GA_OWN_LABELS_H 1

#include "lib/resource.h"

struct json;

/* Drops those that a client sent.  An AdvertisementAck's stays: it may be what
 * tells the sender from the receiver, and validation compares it with the
 * name. */
void own_labels_drop(enum resource_kind, struct json *object);

/* Sets them in a valid object. */
void own_labels_set(enum resource_kind, struct json *object);

#endif /* utilities/nvad/own-labels.h */
