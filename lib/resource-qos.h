/* QoSPolicy: how much endpoints may send and be sent, and of which class it
 * is.  QoSClass: what a class means to those who forward its packets. */
#ifndef GA_RESOURCE_QOS_H
#define GA_RESOURCE_QOS_H 1

#include "lib/label-selector.h"
#include "lib/resource-class.h"

extern const struct resource_class qos_policy_class;
extern const struct resource_class qos_class_class;

enum qos_direction {
    QOS_EGRESS,                     /* What an endpoint sends. */
    QOS_INGRESS,                    /* What it is sent. */
    QOS_N_DIRECTIONS
};

/* What becomes of the DSCP of inner packets (RFC 2983). */
enum qos_model {
    QOS_PIPE,                       /* It stays; the outer one is the
                                     * class's. */
    QOS_UNIFORM,                    /* It becomes the class's on the way, and
                                     * is restored at the far end. */
};

/* 0: no such limit. */
struct qos_limits {
    uint32_t kbps;                  /* Kilobits (1,000) a second. */
    uint32_t burst;                 /* Kilobits beyond; 0: not given. */
    uint32_t pps;                   /* Packets a second. */
};

struct qos_policy {
    struct resource_meta meta;
    char *vpc;
    struct label_selector selector; /* Empty: all endpoints of the VPC. */
    char *class_name;               /* spec.class, or NULL. */
    struct qos_limits limits[QOS_N_DIRECTIONS];
    enum qos_model model;
};

struct qos_class {
    struct resource_meta meta;
    uint32_t number;                /* That packets carry, and
                                     * Endpoint.spec.qosClass. */
    int dscp;                       /* 0..63; -1: none. */
    int queue;                      /* -1: none. */
};

struct qos_policy *qos_policy_from_json(const struct json *,
                                        struct field_errors *);
void qos_policy_destroy(struct qos_policy *);

struct qos_class *qos_class_from_json(const struct json *,
                                      struct field_errors *);
void qos_class_destroy(struct qos_class *);

/* Whether there is any. */
bool qos_limits_are_set(const struct qos_limits *);

/* "egress", "ingress"; "pipe", "uniform".  Static data. */
const char *qos_direction_to_string(enum qos_direction);
const char *qos_model_to_string(enum qos_model);

#endif /* lib/resource-qos.h */
