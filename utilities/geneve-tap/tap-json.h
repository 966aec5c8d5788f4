/* geneve-tap's file: see geneve-tap(8), "FILE". */
#ifndef GA_TAP_JSON_H
#define GA_TAP_JSON_H 1

#include "utilities/geneve-tap/tap-config.h"

/* Adds what the file says.  Returns NULL, or what is wrong, with the name of
 * the member; static, until the next call. */
const char *tap_json_read(struct tap_config *, const char *file);

/* The same, of a text. */
const char *tap_json_parse(struct tap_config *, const char *text,
                           size_t len);

#endif /* utilities/geneve-tap/tap-json.h */
