/* From the daemon's JSON to cells and words of agentctl's tables.
 *
 * What the daemon does not tell is left empty, and is never an error.  So an
 * agentctl that is newer or older than the daemon still shows what both
 * know. */
#ifndef GA_CELL_H
#define GA_CELL_H 1

#include <stddef.h>
#include <stdint.h>

#include "utilities/agentctl/text-table.h"

struct ds;
struct json;

/* The number of elements of 'array', 0 if that is not an array; its element
 * 'i', NULL if there is none. */
size_t cell_array_n(const struct json *array);
const struct json *cell_array_at(const struct json *array, size_t i);

/* The integer 'name' of 'object', or 'dflt'. */
int64_t cell_integer(const struct json *object, const char *name,
                     int64_t dflt);

/* Joins the strings or numbers in 'array' by 'separator'.  Of more than 'max'
 * (0: no limit), only the first are written out, and "+N".  cell_join()
 * appends; the result of cell_joined() is for the caller to free. */
void cell_join(struct ds *, const struct json *array, const char *separator,
               size_t max);
char *cell_joined(const struct json *array, const char *separator, size_t max);

/* Adds a cell with member 'name' of 'object': text, a number, or a list. */
void cell_add(struct text_table *, enum text_style,
              const struct json *object, const char *name);

/* The same, in the colour of the status word that it is. */
void cell_add_status(struct text_table *, const struct json *object,
                     const char *name);

/* As cell_add(), with at most 'max' elements of a list. */
void cell_add_list(struct text_table *, enum text_style,
                   const struct json *object, const char *name, size_t max);

/* An alarm, which is a string or an object, in words, for the caller to
 * free. */
char *cell_alarm(const struct json *);

/* "3 h 12 min", for the caller to free. */
char *cell_duration(int64_t seconds);

/* Adds a cell with a number that may be large: "7", "999999", "12.3M".  It is
 * empty if there is no number. */
void cell_add_large(struct text_table *, const struct json *object,
                    const char *name);

/* Appends "1 alarm", "2 alarms". */
void cell_put_count(struct ds *, int64_t n, const char *singular,
                    const char *plural);

#endif /* utilities/agentctl/cell.h */
