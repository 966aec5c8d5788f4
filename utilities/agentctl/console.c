/* Input and output: see console.h. */

#include <config.h>

#include "utilities/agentctl/console.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"

/* A file of scenarios that is larger is a mistake. */
#define MAX_FILE_SIZE (256 * 1024 * 1024)

void
console_error(const char *format, ...)
{
    va_list args;

    fputs("agentctl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    putc('\n', stderr);
}

void
console_put_ds(const struct ds *ds)
{
    fwrite(ds->string, 1, ds->length, stdout);
}

void
console_put_json(const struct json *json)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    json_to_ds(json, JSSF_PRETTY | JSSF_SORT, &ds);
    ds_put_char(&ds, '\n');
    console_put_ds(&ds);
    ds_destroy(&ds);
}

int
console_read_file(const char *name, struct ds *ds)
{
    FILE *stream = strcmp(name, "-") ? fopen(name, "r") : stdin;
    char buffer[16384];
    int error = 0;
    size_t n;

    if (!stream) {
        return errno;
    }
    while ((n = fread(buffer, 1, sizeof buffer, stream)) > 0) {
        ds_put_buffer(ds, buffer, n);
        if (ds->length > MAX_FILE_SIZE) {
            error = EFBIG;
            break;
        }
    }
    if (ferror(stream)) {
        error = errno;
    }
    if (stream != stdin) {
        fclose(stream);
    }
    return error;
}
