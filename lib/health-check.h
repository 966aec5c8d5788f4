/* Whether a host serves: one probe after the other, and what follows from
 * their results.
 *
 * Without I/O: the caller sends what it is given, and says what came and what
 * time it is (ms, of any clock).
 *
 * A probe passes when the host accepts a TCP connection, which is reset at
 * once; or, with HTTP, answers a request with a status of 200 to 399; or
 * answers an ICMP echo request.  It fails when the host says no, or when its
 * time is over: the check's interval, but at most HEALTH_CHECK_MAX_TIMEOUT. */
#ifndef GA_HEALTH_CHECK_H
#define GA_HEALTH_CHECK_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/resource-load-balancer.h"

struct ofpbuf;
struct probe_frame;

#define HEALTH_CHECK_MAX_TIMEOUT 5000

/* A host that was found to be unhealthy has to pass as many probes in a row to
 * be healthy again, so that one that comes and goes does not do so at each
 * probe.  One that nothing is known of has to pass one. */
#define HEALTH_CHECK_RISE 2

/* When the first probe of a host that nobody has found healthy yet is due, at
 * the latest.  Others are due some time in their interval. */
#define HEALTH_CHECK_FIRST 1000

enum health_phase {
    HEALTH_IDLE,                    /* No probe is under way. */
    HEALTH_CONNECTING,              /* A SYN has been sent. */
    HEALTH_READING,                 /* A request has been sent. */
    HEALTH_ECHO,                    /* An ICMP echo request has been sent. */
};

struct health_check {
    struct lb_check check;          /* With a 'path' of its own. */

    /* What is known. */
    bool healthy;
    bool fallen;                    /* It has been found to be unhealthy. */
    unsigned int n_passed, n_failed;    /* Probes in a row. */
    bool has_result;                /* Of a probe. */
    char result[64];                /* Of the last one, for people. */

    long long int next;             /* When a probe is due, or has failed. */

    /* The probe that is under way. */
    enum health_phase phase;
    long long int started;
    uint16_t port;                  /* Of ours, or the echo request's id. */
    uint32_t start;                 /* Its first number. */
    uint32_t seq;                   /* What we send next... */
    uint32_t peer;                  /* ...and what we expect next. */
    char line[12];                  /* The beginning of an answer. */
    size_t line_len;
};

/* 'healthy': what was known of the host before.  'random' is any number, here
 * and below.  health_check_destroy() undoes this. */
void health_check_init(struct health_check *, const struct lb_check *,
                       bool healthy, long long int now, uint32_t random);
void health_check_destroy(struct health_check *);

/* Goes on with 'check'.  Returns whether it is another one: then a probe that
 * is under way counts for nothing, and what is known stays until a probe says
 * otherwise. */
bool health_check_change(struct health_check *, const struct lb_check *,
                         long long int now, uint32_t random);

/* Starts a probe, where none is under way.  '*out' gets all but addresses;
 * what it refers to is appended to 'payload'.  'port' is a TCP port, or an
 * id, that no other probe of the host has. */
void health_check_start(struct health_check *, uint16_t port,
                        long long int now, uint32_t random,
                        struct probe_frame *out, struct ofpbuf *payload);

/* Takes an answer, which has come from the host's address to 'port'.  Returns
 * whether '*out' is to be sent, as above, to where it came from.  When that
 * makes HEALTH_IDLE of the phase, the probe has a result. */
bool health_check_receive(struct health_check *, const struct probe_frame *in,
                          long long int now, uint32_t random,
                          struct probe_frame *out, struct ofpbuf *payload);

/* The time of the probe that is under way is over.  The same for '*out'. */
bool health_check_expire(struct health_check *, long long int now,
                         uint32_t random, struct probe_frame *out);

/* A probe that is due, or under way, fails for that reason. */
void health_check_fail(struct health_check *, const char *reason,
                       long long int now, uint32_t random);

/* The probe that is due, or under way, cannot be made now, which says nothing
 * of the host: it is made at 'when'. */
void health_check_postpone(struct health_check *, long long int when);

#endif /* lib/health-check.h */
