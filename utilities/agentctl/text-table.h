/* Tables and paragraphs for a terminal.
 *
 * Text comes from the network in the end, so nothing that is not printable
 * ever gets to the terminal: each control character is shown as '?'. */
#ifndef GA_TEXT_TABLE_H
#define GA_TEXT_TABLE_H 1

#include <stdbool.h>
#include <stddef.h>

#include "compiler.h"

struct ds;

/* How a text is shown, on a terminal that has colours. */
enum text_style {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_GOOD,                     /* Green. */
    STYLE_NOTICE,                   /* Yellow. */
    STYLE_BAD,                      /* Red. */
    STYLE_BUSY,                     /* Cyan. */
};

/* What the output may look like. */
struct text_format {
    unsigned int width;             /* Columns that lines should fit. */
    bool colour;
};
void text_format_init(struct text_format *);

/* The style of a status word such as "ok" or "blocked". */
enum text_style text_style_for_status(const char *status);

/* Columns that 'text' takes. */
size_t text_width(const char *text);

/* Appends 'text', made printable, in 'style'. */
void text_put(struct ds *, const struct text_format *, enum text_style,
              const char *text);

/* Appends 'text', folded at spaces, as lines that start with 'indent'
 * spaces. */
void text_put_indented(struct ds *, const struct text_format *,
                       enum text_style, unsigned int indent,
                       const char *text);

/* A table: columns with headings, and rows of cells. */

enum column_kind {
    COLUMN_LEFT,
    COLUMN_RIGHT,                   /* For numbers. */
    COLUMN_FOLD,                    /* Gives way: folded at spaces. */
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
