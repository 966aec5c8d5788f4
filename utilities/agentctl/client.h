/* One question to a daemon over its unixctl socket. */
#ifndef GA_CLIENT_H
#define GA_CLIENT_H 1

#include <stdbool.h>

#define CLIENT_DEFAULT_TARGET "geneve-agentd"

/* Sends 'command' with 'argc' arguments to 'target': a socket's path (it has
 * a '/'), or the name of a program, whose socket is found by its pidfile in
 * OVS's run directory.  Waits at most 'timeout' seconds for the answer.
 *
 * Returns true and sets '*answer' to the answer's text; or returns false and
 * sets '*error' to a message that says what to do about it.  The caller must
 * free what was set. */
bool client_transact(const char *target, unsigned int timeout,
                     const char *command, int argc, char *argv[],
                     char **answer, char **error);

#endif /* utilities/agentctl/client.h */
