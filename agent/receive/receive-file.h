/* The file that the setting nve-receive names: the operator's table of what
 * this node can receive. */
#ifndef GA_RECEIVE_FILE_H
#define GA_RECEIVE_FILE_H 1

#include <stdbool.h>

struct recv_table;

/* Reads the file at 'path' into 'table', which must be empty.  Returns true if
 * it is good.  '*error' is NULL or says, for the caller to free, what is wrong
 * with the table or with entries that are left out.  The file must be a
 * regular one that only root and the agent's user can have written. */
bool receive_file_load(const char *path, struct recv_table *, char **error);

#endif /* agent/receive/receive-file.h */
