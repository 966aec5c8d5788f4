/* AdvertisementAck: "this sender has applied that advertisement". */
#ifndef GA_RESOURCE_ADVERTISEMENT_ACK_H
#define GA_RESOURCE_ADVERTISEMENT_ACK_H 1

#include "lib/resource-class.h"

extern const struct resource_class advertisement_ack_class;

struct advertisement_ack {
    struct resource_meta meta;
    char *sender, *receiver;        /* From the name, SENDER.RECEIVER. */
    char *applied;                  /* spec.applied: the receiver's
                                     * status.receive.id, in decimal. */
};

struct advertisement_ack *advertisement_ack_from_json(const struct json *,
                                                      struct field_errors *);
void advertisement_ack_destroy(struct advertisement_ack *);

#endif /* lib/resource-advertisement-ack.h */
