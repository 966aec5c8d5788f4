/* The socket that the HTTP server listens on, and those it accepts. */
#ifndef GA_HTTP_LISTEN_H
#define GA_HTTP_LISTEN_H 1

#include <stdbool.h>

/* Listens on 'where', "ADDR:PORT" or "[ADDR6]:PORT"; unless 'anywhere', on
 * loopback addresses only.  Returns NULL and sets '*fd' to the socket and
 * '*address' to the address that it is bound to, for the caller to close and
 * to free; or returns a message for the caller to free. */
char *http_listen(const char *where, bool anywhere, int *fd, char **address);

/* Sets the options of an accepted connection: a peer that vanishes silently is
 * given up after about a minute. */
void http_listen_set_options(int fd);

#endif /* utilities/nvad/http-listen.h */
