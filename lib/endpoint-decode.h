/* Endpoints from the text of a list or a watch, without a tree in between.
 *
 * Endpoints come by the hundred thousand, and nearly all of them are *plain*:
 * valid, and without anything that this version does not know.  A plain one is
 * decoded as it is read.  Whatever is not plain is not taken, and goes by
 * json_util_parse() and endpoint_from_json(), which say what is wrong with
 * it. */
#ifndef GA_ENDPOINT_DECODE_H
#define GA_ENDPOINT_DECODE_H 1

struct json_scan;

/* Reads the object that comes next.  Returns the same as endpoint_from_json(),
 * or NULL with an odd cursor.
 *
 * All of it that matters is in the structure: endpoint_to_json() returns the
 * object, but for apiVersion and kind if it had none, for annotations, and for
 * metadata.managedFields. */
struct endpoint *endpoint_decode(struct json_scan *);

#endif /* lib/endpoint-decode.h */
