/* What the files of health-probes.h share: whom to probe, and when. */
#ifndef GA_HEALTH_PROBES_PRIVATE_H
#define GA_HEALTH_PROBES_PRIVATE_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/answers/health-probes.h"
#include "agent/switch/flow-owner.h"
#include "heap.h"
#include "lib/health-check.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"

struct agent;
struct m_endpoint;
struct m_lb;

struct health_probes {
    struct hmap targets;            /* "struct probe_target"s, by names. */
    struct hmap ports;              /* Those with a probe under way, by
                                     * endpoint and port. */
    struct heap due;                /* All, the next one on top. */
    struct ovs_list results;        /* Those whose result is to be told. */
    struct shash services;          /* "struct probe_service"s, by name. */
    struct shash hosts;             /* "struct probe_host"s, by name. */
    struct ovs_list dirty;          /* Of them, those whose flows have to be
                                     * made anew. */
};

/* A service that has targets. */
struct probe_service {
    char *name;
    struct ovs_list targets;
};

/* An endpoint that has targets. */
struct probe_host {
    char *name;
    struct ovs_list targets;
    struct ovs_list dirty_node;     /* In 'dirty', or empty. */
    struct flow_owner flows;        /* For its answers... */
    struct flow_owner meter_flows;  /* ...and by way of its meter. */
    uint32_t meter;                 /* 0: none. */
};

/* A backend, with the check of one service. */
struct probe_target {
    struct hmap_node node;          /* In 'targets'. */
    struct hmap_node port_node;     /* In 'ports', or null. */
    struct heap_node due_node;
    struct ovs_list result_node;    /* In 'results', or empty. */
    struct ovs_list service_node, host_node;
    struct probe_service *service;
    struct probe_host *host;
    struct in6_addr ip;             /* The backend's. */
    struct in6_addr source;         /* Where probes come from. */
    struct health_check hc;
    bool told;                      /* A result has been told. */
    unsigned int connection;        /* To the switch, for the probe that is
                                     * under way. */
    bool seen;                      /* Scratch. */
};

/* Returns the target of those names, or NULL. */
struct probe_target *probe_target_find(const struct health_probes *,
                                       const char *service,
                                       const char *host);

/* To be called after a change of 't->hc.next'. */
void probe_target_reorder(struct health_probes *, struct probe_target *);

/* Its probe is not, or no longer, under way. */
void probe_target_free_port(struct health_probes *, struct probe_target *);

/* The flows of 'host' are to be made anew. */
void probe_host_touch(struct health_probes *, struct probe_host *);

/* Where probes of 't', which is 'ep' as a backend of 'lb', come from. */
struct in6_addr probe_target_choose_source(const struct agent *,
                                           const struct probe_target *t,
                                           const struct m_lb *lb,
                                           const struct m_endpoint *ep);

/* What is known of 't' is to be told to the model. */
void probe_target_queue(struct health_probes *, struct probe_target *);

/* Raises or clears the alarm that the backend is not healthy. */
void probe_target_set_alarm(struct agent *, const struct probe_target *,
                            bool on);

#endif /* agent/answers/health-probes-private.h */
