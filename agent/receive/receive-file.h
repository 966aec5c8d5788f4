/* The operator's table of what this node can receive, as the file of
 * nve-receive has it. */
#ifndef GA_RECEIVE_FILE_H
#define GA_RECEIVE_FILE_H 1

#include <stdbool.h>

struct recv_table;

/* Reads the table at 'path' into 'table', which is empty.  Returns true if it
 * is good.  '*error' says what is wrong with it, or with entries of it that
 * are left out, for the caller to free, or is NULL.  A file that others than
 * root and the agent's user may have written is not taken, and neither is
 * anything but a regular file. */
bool receive_file_load(const char *path, struct recv_table *, char **error);

#endif /* agent/receive/receive-file.h */
