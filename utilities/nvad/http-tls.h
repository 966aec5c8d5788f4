/* TLS of the HTTP server: its files, and who may connect. */
#ifndef GA_HTTP_TLS_H
#define GA_HTTP_TLS_H 1

#include <stdbool.h>

struct MHD_Connection;

/* The contents of the files, as libmicrohttpd wants them. */
struct http_tls {
    char *private_key, *certificate, *ca_cert; /* Or NULL. */
};

/* Reads the files, whose names may be NULL.  Returns NULL if successful, else
 * a message for the caller to free.  http_tls_destroy() must follow. */
char *http_tls_init(struct http_tls *, const char *private_key,
                    const char *certificate, const char *ca_cert);
void http_tls_destroy(struct http_tls *);

/* Whether the peer has shown a certificate that the CA vouches for. */
bool http_tls_peer_is_trusted(struct MHD_Connection *);

#endif /* utilities/nvad/http-tls.h */
