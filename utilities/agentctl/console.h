/* Standard input, output and error of agentctl. */
#ifndef GA_CONSOLE_H
#define GA_CONSOLE_H 1

#include "compiler.h"

struct ds;
struct json;

/* Writes "agentctl: MESSAGE" to standard error. */
void console_error(const char *format, ...) OVS_PRINTF_FORMAT(1, 2);

/* Writes to standard output: text, or JSON over several lines with members
 * sorted. */
void console_put_ds(const struct ds *);
void console_put_json(const struct json *);

/* Reads all of a file, "-" being standard input, into '*ds', which must be
 * initialized.  Returns 0 or an errno. */
int console_read_file(const char *name, struct ds *ds);

#endif /* utilities/agentctl/console.h */
