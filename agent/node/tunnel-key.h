/* Configurations of tunnel ports, as keys, options and names.  Pure. */
#ifndef GA_TUNNEL_KEY_H
#define GA_TUNNEL_KEY_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct encapsulation;
struct smap;

/* What tells a tunnel port of ours from others.  IPv4 addresses are mapped
 * ones.
 *
 * 'local' pins the outer source address, and the port then receives only what
 * is sent to that address.  Without 'local' the routing table chooses the
 * source, which on a host with several addresses need not be the one that the
 * node advertises and that receivers check.  If 'remote' is given, too, both
 * must be of one family.  A shared port with 'local' serves only remotes of
 * that family.  A port with 'local' can exist next to one without.
 *
 * A port that is 'send_only' has no remote: it sends to wherever the flow
 * says, with 'dscp' in the outer header, whatever the inner one has.  It has
 * an in_key that is no VNI, so that it receives nothing. */
struct tunnel_key {
    const struct encapsulation *encapsulation;  /* NULL stands for Geneve. */
    struct in6_addr remote;         /* All-zero: flow-based, shared. */
    struct in6_addr local;          /* All-zero: any. */
    uint16_t udp_port;              /* 0 stands for the usual one. */
    bool send_only;
    uint8_t dscp;                   /* If 'send_only', else 0. */
};

uint32_t tunnel_key_hash(const struct tunnel_key *);
bool tunnel_key_equals(const struct tunnel_key *, const struct tunnel_key *);

/* Stores the key of an Interface with 'type' and 'options'.  Returns false if
 * it is no port of a known encapsulation that takes its VNI from flows, nor
 * one as of ours that only sends: only such a port can be one that we want, or
 * be in the way of one. */
bool tunnel_key_from_options(const char *type, const struct smap *options,
                             struct tunnel_key *);

/* The encapsulation of the key, never NULL; its name is the Interface's
 * type. */
const struct encapsulation *tunnel_key_get_encapsulation(
    const struct tunnel_key *);

/* The UDP port of the key, never 0. */
uint16_t tunnel_key_get_udp_port(const struct tunnel_key *);

/* The names of the options that depend on the key; NULL is the last. */
extern const char *const tunnel_key_options[];

/* Initializes '*options' with all options that the port is to have. */
void tunnel_key_to_options(const struct tunnel_key *, struct smap *options);

/* Whether 'options' has all of those, with these values, and none of those
 * that depend on the key in vain. */
bool tunnel_key_has_options(const struct tunnel_key *,
                            const struct smap *options);

/* With the NUL.  That is the limit for network devices, although a tunnel port
 * of the userspace datapath is none. */
#define TUNNEL_NAME_SIZE 16

/* Stores the name for the key's port.  With 'attempt' 0 it depends on 'remote'
 * and the UDP port only, and is readable for IPv4 and the usual port:
 * "gnv-c0000202" for 192.0.2.2, "gnv-flow" for the shared port, "gnv-q46" for
 * one that only sends; "vxl-c0000202" and so on for VXLAN.  If that name is
 * taken, later attempts give others. */
void tunnel_key_to_name(const struct tunnel_key *, unsigned int attempt,
                        char name[TUNNEL_NAME_SIZE]);

#endif /* agent/node/tunnel-key.h */
