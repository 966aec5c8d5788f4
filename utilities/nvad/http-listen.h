/* The socket that the HTTP server listens on, and those it accepts. */
#ifndef GA_HTTP_LISTEN_H
#define GA_HTTP_LISTEN_H 1

#include <stdbool.h>

char *http_listen(const char *where, bool anywhere, int *fd, char **address);
void http_listen_set_options(int fd);

#endif /* utilities/nvad/http-listen.h */
