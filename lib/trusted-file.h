/* Files whose content is trusted: nobody but root and this program's user can
 * have written them. */
#ifndef GA_TRUSTED_FILE_H
#define GA_TRUSTED_FILE_H 1

#include <stddef.h>

struct stat;

/* Opens 'path' for reading and fills in '*st'.  Returns a file descriptor, or
 * a negative errno.  Never waits, whatever 'path' is. */
int trusted_file_open(const char *path, struct stat *st);

/* Reads all of 'fd', of which fstat() said 'st'.  Returns NULL with the
 * content, null-terminated, in '*text' and its bytes in '*n', or a message.
 * Both are for the caller to free.  Files of more than 'max' bytes are
 * refused, as are those that others can write and all but regular files. */
char *trusted_file_read(int fd, const struct stat *st, size_t max,
                        char **text, size_t *n);

/* As trusted_file_read(), but reads the first line only, without its '\n'.  It
 * is of at most 'max' bytes; the file may be of any size. */
char *trusted_file_read_line(int fd, const struct stat *st, size_t max,
                             char **text, size_t *n);

#endif /* lib/trusted-file.h */
