/* Encapsulations: what a packet is wrapped in on its way to another NVE.
 *
 * An NVE says which ones it receives, in a receive table "for each of the
 * encapsulations supported" (RFC 9638, section 6.7).  All that differs between
 * them is in one table, in encapsulation.c; everybody else asks that.  Pure.
 *
 * Of the encapsulations that two NVEs have in common they use the first one of
 * that table, in both directions. */
#ifndef GA_ENCAPSULATION_H
#define GA_ENCAPSULATION_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct encapsulation {
    const char *name;               /* In objects and settings, and the type of
                                     * Open vSwitch's Interfaces. */
    const char *title;              /* In sentences. */
    const char *port_prefix;        /* Names of tunnel ports begin with it, and
                                     * with no other encapsulation's. */
    uint16_t udp_port;              /* That IANA gave it. */
    uint8_t header_bytes;           /* Between the UDP header and the inner
                                     * Ethernet header, without options. */
    bool has_options;               /* It can carry Geneve options. */
    bool ipv4_checksum;             /* Over IPv4, too, there is an outer UDP
                                     * checksum. */
};

/* A set of encapsulations: bit I stands for encapsulation_get(I). */
typedef uint32_t encapsulation_set;

/* Returns the encapsulation number 'i', from 0 on, or NULL beyond the last
 * one. */
const struct encapsulation *encapsulation_get(size_t i);

/* Returns Geneve, which is meant where none is named. */
const struct encapsulation *encapsulation_default(void);

/* Returns the encapsulation with that name, in any case, or NULL. */
const struct encapsulation *encapsulation_find(const char *name);

/* Returns its number. */
size_t encapsulation_get_index(const struct encapsulation *);

encapsulation_set encapsulation_set_one(const struct encapsulation *);
encapsulation_set encapsulation_set_all(void);

/* Returns the first one of 'set', or NULL if that is empty. */
const struct encapsulation *encapsulation_best(encapsulation_set);

/* Returns the titles of those in 'set', such as "Geneve and VXLAN", or
 * "nothing", for the caller to free. */
char *encapsulation_set_to_string(encapsulation_set);

/* Returns the names of all, such as "geneve or vxlan", for the caller to
 * free. */
char *encapsulation_list_names(void);

#endif /* lib/encapsulation.h */
