/* How to be sure of the server, and the server of us. */
#ifndef GA_REST_AUTH_H
#define GA_REST_AUTH_H 1

#include <getopt.h>

/* Paths of files, or NULL.  The files may change on disk at any time. */
struct rest_auth {
    char *ca_file;                  /* PEM; NULL: the system's. */
    char *cert_file, *key_file;     /* PEM; our client certificate. */
    char *token_file;               /* Bearer token, sent over https only. */
};

/* Copies 'src', which may be NULL. */
void rest_auth_clone(struct rest_auth *dst, const struct rest_auth *src);
void rest_auth_destroy(struct rest_auth *);

/* The options of a command line that say all this, for struct
 * daemon_program. */
extern const struct option rest_auth_options[];

/* Prints what --help says of them. */
void rest_auth_usage(void);

/* Takes one of them.  'value' is borrowed by 'auth'. */
void rest_auth_set_option(struct rest_auth *auth, int val, char *value);

#endif /* agent/controller/rest-auth.h */
