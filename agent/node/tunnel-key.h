/* Configurations of tunnel ports: keys, options, names. */
#ifndef GA_TUNNEL_KEY_H
#define GA_TUNNEL_KEY_H 1

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct smap;

/* A tunnel port, wanted by us.  Addresses: IPv4 as mapped addresses.
 *
 * 'local' pins the outer source address and makes the port receive only what
 * is sent to that address.  Without it the routing table chooses the source,
 * which on a host with several addresses need not be the one that we
 * advertise and that receivers check.  Must be of the family of 'remote', if
 * both are given; a port with 'local' can be next to one without.  A shared
 * port with 'local' serves remotes of its family only. */
struct tunnel_key {
    struct in6_addr remote;         /* All-zero: flow-based, shared. */
    struct in6_addr local;          /* All-zero: any. */
    uint16_t udp_port;              /* 0 stands for 6081. */
};

uint32_t tunnel_key_hash(const struct tunnel_key *);
bool tunnel_key_equals(const struct tunnel_key *, const struct tunnel_key *);

/* Gets the key of an Interface with 'type' and 'options'.  Returns false if it
 * is no Geneve port whose key is taken from flows: only those can be what we
 * want, or be in its way. */
bool tunnel_key_from_options(const char *type, const struct smap *options,
                             struct tunnel_key *);

/* Initializes '*options' with all options that the port has. */
void tunnel_key_to_options(const struct tunnel_key *, struct smap *options);

/* Names have at most 15 characters, as those of network devices, although a
 * userspace tunnel port is none. */
#define TUNNEL_NAME_SIZE 16

/* The name of the key's port.  With 'attempt' 0 it depends on remote and UDP
 * port alone, and is readable for IPv4 and the usual port: "gnv-c0000202" for
 * 192.0.2.2, "gnv-flow" for the shared one.  If that name is taken, later
 * attempts give others. */
void tunnel_key_to_name(const struct tunnel_key *, unsigned int attempt,
                        char name[TUNNEL_NAME_SIZE]);

#endif /* agent/node/tunnel-key.h */
