/* Receive tables of others, and limits, as they come from a controller.  The
 * rules are those of docs/negotiation.md, and of lib/recv-table.c, which reads
 * the other JSON library's. */
#ifndef GA_TAP_TABLE_H
#define GA_TAP_TABLE_H 1

#include <jansson.h>

#include "lib/encapsulation.h"
#include "lib/recv-table.h"

/* Returns the encapsulation that a table is for, Geneve if it does not say
 * which; NULL if we do not know that one. */
const struct encapsulation *tap_table_get_encapsulation(const json_t *);

/* Reads a table; entries that are faulty are left out.  With
 * 'lengths_optional', an entry without "length" stands for all lengths.
 * Returns false, with an empty table, if the structure is malformed.  The
 * caller must free the entries. */
bool tap_table_from_json(const json_t *, bool lengths_optional,
                         struct recv_table *);

/* Reads "maxOptions" and "maxOptionBytes" of an object, or NULL.  Returns the
 * name of the one that is malformed, or NULL. */
const char *tap_table_read_limits(const json_t *, struct neg_limits *);

#endif /* utilities/geneve-tap/tap-table.h */
