/* One question to a daemon over its unixctl socket. */
#ifndef GA_CLIENT_H
#define GA_CLIENT_H 1

#include <stdbool.h>

#define CLIENT_DEFAULT_TARGET "geneve-agentd"

/* Sends 'command' with 'argc' arguments to 'target': a socket's path (it has
 * a '/'), or the name of a program, whose socket is found by its pidfile in
 * OVS's run directory.  Waits at most 'timeout' seconds for the answer.
 *
 * Returns true with the text of the answer in '*answer', or false with a
 * message in '*error' that says what to do.  Both are for the caller to
 * free. */
bool client_transact(const char *target, unsigned int timeout,
                     const char *command, int argc, char *argv[],
                     char **answer, char **error);

#endif /* utilities/agentctl/client.h */
