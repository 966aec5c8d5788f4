/* `agentctl decode': a Geneve header in hexadecimal, for people.
 *
 * It needs no daemon: it applies RFC 8926, sections 3.4 and 3.5, and no
 * policy.  Of a bad header it shows what could be read, and what is wrong.
 * The exit code says whether an endpoint would have to drop the header. */

#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/geneve.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/agentctl/console.h"
#include "utilities/agentctl/run.h"

/* Appends one argument without the "0x" that it may start with. */
static void
put_hex(struct ds *hex, const char *s)
{
    s += strspn(s, " \t\r\n");
    if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
        s += 2;
    }
    ds_put_format(hex, "%s ", s);
}

/* Collects the digits from the arguments, or from standard input. */
static bool
collect_hex(int argc, char *argv[], struct ds *hex)
{
    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "-")) {
            struct ds input = DS_EMPTY_INITIALIZER;
            int error = console_read_file("-", &input);

            if (!error) {
                put_hex(hex, ds_cstr(&input));
            } else {
                console_error("decode: standard input: %s",
                               ovs_strerror(error));
            }
            ds_destroy(&input);
            if (error) {
                return false;
            }
        } else {
            put_hex(hex, argv[i]);
        }
    }
    return true;
}

static void
print_header(const struct run_options *o, const struct geneve_header *header,
             enum geneve_fault fault)
{
    if (o->json) {
        struct json *json = geneve_header_to_json(header);

        json_util_put(json, "fault", fault == GENEVE_FINE
                      ? json_null_create()
                      : json_string_create(geneve_fault_to_string(fault)));
        console_put_json(json);
        json_destroy(json);
    } else {
        struct ds ds = DS_EMPTY_INITIALIZER;

        geneve_header_to_ds(header, &ds);
        console_put_ds(&ds);
        ds_destroy(&ds);
    }
}

int
run_decode(const struct run_options *o, int argc, char *argv[])
{
    struct ds hex = DS_EMPTY_INITIALIZER;
    struct geneve_header header;
    enum geneve_fault fault;
    int retval = RUN_FAILED;
    uint8_t *bytes = NULL;
    size_t n;

    if (!collect_hex(argc, argv, &hex)) {
        goto exit;
    }
    if (!geneve_bytes_from_hex(ds_cstr(&hex), &bytes, &n)) {
        console_error("decode: not hexadecimal, or half a byte at the end");
        goto exit;
    } else if (!n) {
        console_error("decode: no bytes");
        goto exit;
    }

    fault = geneve_parse(bytes, n, &header);
    print_header(o, &header, fault);
    if (fault != GENEVE_FINE) {
        fflush(stdout);
        console_error("decode: bad header: %s",
                       geneve_fault_to_string(fault));
    } else {
        retval = RUN_DONE;
    }

exit:
    free(bytes);
    ds_destroy(&hex);
    return retval;
}
