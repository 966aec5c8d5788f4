/* What geneve-tap is told, by its command line and its file. */
#ifndef GA_TAP_CONFIG_H
#define GA_TAP_CONFIG_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "utilities/geneve-tap/tap-admit.h"

#define TAP_CONFIG_CONTROL "/run/geneve-tap/control"

/* An option that is sent. */
struct tap_option {
    struct opt_key key;
    uint8_t length;
    uint8_t data[GENEVE_OPT_MAX_DATA];
    bool required;                  /* Rather no packet than one without. */
    int priority;                   /* Lower is kept first. */
};

struct tap_options {
    struct tap_option *options;
    size_t n;
};

struct tap_prefix {
    int family;
    uint8_t address[16];
    unsigned int bits;
};

struct tap_tunnel_config {
    char *device;
    uint32_t vni;
    enum tap_mode mode;
    unsigned int mtu;               /* 0: what fits all remotes. */
};

struct tap_remote_config {
    char *address;                  /* Or a name. */
    char *port;                     /* NULL: the default. */
    unsigned int mtu;               /* Of the way there; 0: ask the kernel. */
    bool has_options;               /* Else 'options' of all. */
    struct tap_options options;
    struct tap_prefix *prefixes;    /* That are behind it; IP tunnels. */
    size_t n_prefixes;
};

struct tap_controller_config {
    char *url;                      /* NULL: do not register. */
    char *name;                     /* Of the NVE; NULL: the host's. */
    char *ca, *certificate, *key, *token;   /* Files, or NULL. */
};

struct tap_config {
    int family;                     /* AF_UNSPEC, AF_INET, AF_INET6. */
    bool foreground;
    long int idle;                  /* Seconds; <= 0: for ever. */
    char *listen;                   /* NULL: any address. */
    char *port;                     /* Received on; NULL: 'remote_port'. */
    char *remote_port;              /* NULL: 6081. */
    int source_ports;               /* 0: that of 'port'; -1: not given. */
    bool checksums;                 /* Of outer UDP. */
    bool gnveu;                     /* Its meanings of two VNIs. */
    bool offload;                   /* Use the kernel's. */
    bool simple_loop;               /* One packet at a time, no offload. */
    char *user;
    char *control;                  /* Socket for --stats. */

    struct tap_tunnel_config *tunnels;
    size_t n_tunnels;
    struct tap_remote_config *remotes;
    size_t n_remotes;
    struct tap_options options;
    struct recv_table table;
    bool parses_options;
    struct tap_controller_config controller;
};

void tap_config_init(struct tap_config *);
void tap_config_destroy(struct tap_config *);

/* Add one, with defaults, which stays where it is until the next is added. */
struct tap_tunnel_config *tap_config_add_tunnel(struct tap_config *);
struct tap_remote_config *tap_config_add_remote(struct tap_config *);

/* Adds the tunnel that "-e DEVICE@VNI[,MODE]" describes.  Returns false if
 * that is malformed. */
bool tap_config_add_device(struct tap_config *, const char *);

/* Read "ethernet", "ip", ...; "0xff01"; "10.0.0.0/8".  Return false if that is
 * malformed. */
bool tap_config_parse_mode(const char *, enum tap_mode *);
bool tap_config_parse_hex(const char *, unsigned long int max,
                          unsigned long int *);
bool tap_config_parse_prefix(const char *, struct tap_prefix *);
const char *tap_config_mode_to_string(enum tap_mode);

/* "any", "strict", "first".  The first returns false if it is none of them. */
bool tap_config_parse_order(const char *, enum recv_order *);
const char *tap_config_order_to_string(enum recv_order);

/* Checks what neither the command line nor the file can alone, and fills in
 * defaults.  Returns NULL, or what is wrong, static or until the next call. */
const char *tap_config_complete(struct tap_config *);

#endif /* utilities/geneve-tap/tap-config.h */
