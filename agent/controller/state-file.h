/* A file of JSON with a header, written as a whole or not at all.
 *
 * Line 1 is the header, a JSON object with "format", "bytes" and "sha1", the
 * latter two of the rest, and with whatever the writer adds; "headerSha1" is
 * of the header without that member.  The rest, the body, is JSON, too.  So
 * the header can be read and trusted without the body, which may be long. */
#ifndef GA_STATE_FILE_H
#define GA_STATE_FILE_H 1

#include <stddef.h>

struct json;

/* Writes 'header' (taken) and the 'n' bytes of 'body' to 'path', readable by
 * the owner only, by way of another file, so that 'path' is always whole, also
 * if the machine loses its power.  Waits for the disk, and may be called in
 * any thread that owns the header.  Returns NULL or a message for the caller
 * to free. */
char *state_file_write(const char *path, struct json *header,
                       const char *body, size_t n);

/* Reads 'path'.  Returns NULL with header and body in '*header' and '*body',
 * for the caller to destroy, both NULL if there is no such file; or a message
 * for the caller to free.  What was cut off, or changed, or could have been
 * written by others is refused.  If 'body' is NULL, the body is not read, and
 * nothing but its length is checked. */
char *state_file_read(const char *path, struct json **header,
                      struct json **body);

/* As state_file_read() of a file with the 'n' bytes of 'text'. */
char *state_file_parse(const char *text, size_t n, struct json **header,
                       struct json **body);

#endif /* agent/controller/state-file.h */
