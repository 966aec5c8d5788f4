/* Tables for a terminal: columns with headings, and rows of cells. */
#ifndef GA_TEXT_TABLE_H
#define GA_TEXT_TABLE_H 1

#include <stddef.h>

#include "compiler.h"
#include "utilities/agentctl/text.h"

struct ds;

enum column_kind {
    COLUMN_LEFT,
    COLUMN_RIGHT,                   /* For numbers. */
    COLUMN_FOLD,                    /* Is folded at spaces if there is not
                                     * enough room. */
};

struct text_table;
struct text_table *text_table_create(unsigned int indent);
void text_table_destroy(struct text_table *);

/* 'heading' must outlive the table.  If all headings are NULL there is no
 * line of headings. */
void text_table_add_column(struct text_table *, enum column_kind,
                           const char *heading);
void text_table_add_row(struct text_table *);

/* The next cell of the last row; cells not given are empty.  An empty or null
 * 'text' is shown as "-" if the table has headings. */
void text_table_add_cell(struct text_table *, enum text_style,
                         const char *text);
void text_table_add_cell_nocopy(struct text_table *, enum text_style,
                                char *text);
void text_table_add_format(struct text_table *, enum text_style,
                           const char *format, ...) OVS_PRINTF_FORMAT(3, 4);
size_t text_table_n_rows(const struct text_table *);

/* Appends the table to the string. */
void text_table_format(const struct text_table *, const struct text_format *,
                       struct ds *);

#endif /* utilities/agentctl/text-table.h */
