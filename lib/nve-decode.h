/* NVEs from the text of a watch, without a tree in between.
 *
 * Each agent hears of each change of each NVE, and their objects are the
 * largest of those that change often.  Nearly all are *plain*: valid, without
 * anything that this version does not know, and written as json_to_string()
 * would write them.  A plain one is decoded as it is read.  Whatever is not
 * plain is not taken, and goes by json_util_parse() and nve_from_json(). */
#ifndef GA_NVE_DECODE_H
#define GA_NVE_DECODE_H 1

struct json_scan;
struct nve;

/* Reads the object that comes next.  Returns the same as nve_from_json(), or
 * NULL with an odd cursor.  '*text' is then its text with its members sorted,
 * but without metadata.resourceVersion and metadata.managedFields, for the
 * caller to free. */
struct nve *nve_decode(struct json_scan *, char **text);

#endif /* lib/nve-decode.h */
