/* Tables for a terminal: see text-table.h.
 *
 * A table is collected first and laid out when it is formatted.  Each column
 * gets the width of its widest cell.  If that is more than the terminal has,
 * the columns that may be folded (COLUMN_FOLD) give way, the widest first, but
 * never so far that a word would be cut.  So a name that is longer than the
 * terminal is wide makes a wide table, but never an unreadable one.
 *
 * All text is made printable when it comes in: an endpoint's message, say, was
 * written by whoever may write to the controller, and must not reach the
 * terminal as an escape sequence. */

#include <config.h>

#include "utilities/agentctl/text-table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/printable.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

#define COLUMN_GAP 2                /* Spaces between columns. */

struct text_column {
    enum column_kind kind;
    const char *heading;            /* Or NULL. */
};

struct text_cell {
    char *text;                     /* Printable; never NULL. */
    enum text_style style;
};

struct text_table {
    unsigned int indent;
    struct text_column *columns;
    size_t n_columns, allocated_columns;
    struct text_cell *cells;        /* n_rows * n_columns of them. */
    size_t n_rows, allocated_cells;
    size_t current;                 /* Next column of the last row. */
};

struct text_table *
text_table_create(unsigned int indent)
{
    struct text_table *table = xzalloc(sizeof *table);
    table->indent = indent;
    return table;
}

void
text_table_destroy(struct text_table *table)
{
    if (table) {
        for (size_t i = 0; i < table->n_rows * table->n_columns; i++) {
            free(table->cells[i].text);
        }
        free(table->cells);
        free(table->columns);
        free(table);
    }
}

void
text_table_add_column(struct text_table *table, enum column_kind kind,
                      const char *heading)
{
    ovs_assert(!table->n_rows);
    if (table->n_columns >= table->allocated_columns) {
        table->columns = x2nrealloc(table->columns, &table->allocated_columns,
                                    sizeof *table->columns);
    }
    table->columns[table->n_columns++] = (struct text_column) {
        .kind = kind, .heading = heading,
    };
}

void
text_table_add_row(struct text_table *table)
{
    size_t need = (table->n_rows + 1) * table->n_columns;

    while (need > table->allocated_cells) {
        table->cells = x2nrealloc(table->cells, &table->allocated_cells,
                                  sizeof *table->cells);
    }
    for (size_t i = table->n_rows * table->n_columns; i < need; i++) {
        table->cells[i] = (struct text_cell) { .text = xstrdup("") };
    }
    table->n_rows++;
    table->current = 0;
}

void
text_table_add_cell(struct text_table *table, enum text_style style,
                    const char *text)
{
    size_t row = table->n_rows - 1;
    struct text_cell *cell;

    ovs_assert(table->n_rows && table->current < table->n_columns);
    cell = &table->cells[row * table->n_columns + table->current];
    if ((!text || !text[0]) && table->columns[table->current].heading) {
        text = "-";
    }
    free(cell->text);
    cell->text = printable_make(text ? text : "");
    cell->style = style;
    table->current++;
}

void
text_table_add_cell_nocopy(struct text_table *table, enum text_style style,
                           char *text)
{
    text_table_add_cell(table, style, text);
    free(text);
}

void
text_table_add_format(struct text_table *table, enum text_style style,
                      const char *format, ...)
{
    va_list args;

    va_start(args, format);
    text_table_add_cell_nocopy(table, style, xvasprintf(format, args));
    va_end(args);
}

size_t
text_table_n_rows(const struct text_table *table)
{
    return table->n_rows;
}

static size_t
longest_word(const char *text)
{
    size_t longest = 0;

    while (*text) {
        size_t n = strcspn(text, " ");

        longest = MAX(longest, text_width_n(text, n));
        text += n + strspn(text + n, " ");
    }
    return longest;
}

/* Narrows the columns that may be folded until the table fits or no column
 * can give more. */
static void
shrink_columns(const struct text_table *table, size_t available,
               size_t *widths, const size_t *min)
{
    size_t total = table->indent;

    for (size_t i = 0; i < table->n_columns; i++) {
        total += widths[i] + (i ? COLUMN_GAP : 0);
    }
    while (total > available) {
        size_t widest = SIZE_MAX;

        for (size_t i = 0; i < table->n_columns; i++) {
            if (widths[i] > min[i]
                && (widest == SIZE_MAX || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == SIZE_MAX) {
            break;
        }
        widths[widest]--;
        total--;
    }
}

/* Sets 'widths' to the width of each column. */
static void
lay_out(const struct text_table *table, size_t available, size_t *widths)
{
    size_t *min = xcalloc(table->n_columns, sizeof *min);

    for (size_t i = 0; i < table->n_columns; i++) {
        const struct text_column *column = &table->columns[i];

        widths[i] = min[i] = column->heading ? text_width(column->heading) : 0;
        for (size_t row = 0; row < table->n_rows; row++) {
            const char *text = table->cells[row * table->n_columns + i].text;

            widths[i] = MAX(widths[i], text_width(text));
            if (column->kind == COLUMN_FOLD) {
                min[i] = MAX(min[i], longest_word(text));
            }
        }
        if (column->kind != COLUMN_FOLD) {
            min[i] = widths[i];
        }
    }
    shrink_columns(table, available, widths, min);
    free(min);
}

/* Appends one line: of each column the first line of 'texts', which are
 * advanced.  Spaces at the end of the line are left out. */
static void
put_line(const struct text_table *table, const struct text_format *format,
         const size_t *widths, const enum text_style *styles,
         const char **texts, struct ds *ds)
{
    size_t pending = table->indent; /* Spaces before the next text. */

    for (size_t i = 0; i < table->n_columns; i++) {
        const char *rest = "";
        size_t n = table->columns[i].kind == COLUMN_FOLD
                   ? text_next_line(texts[i], widths[i], &rest)
                   : strlen(texts[i]);
        size_t used = text_width_n(texts[i], n);
        size_t pad = widths[i] > used ? widths[i] - used : 0;
        bool right = table->columns[i].kind == COLUMN_RIGHT;

        pending += right ? pad : 0;
        if (n) {
            ds_put_char_multiple(ds, ' ', pending);
            text_put_printable(ds, format, styles[i], texts[i], n);
            pending = 0;
        } else {
            pending += used;
        }
        pending += (right ? 0 : pad) + COLUMN_GAP;
        texts[i] = rest;
    }
    ds_put_char(ds, '\n');
}

static bool
any_text(const char **texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (texts[i][0]) {
            return true;
        }
    }
    return false;
}

void
text_table_format(const struct text_table *table,
                  const struct text_format *format, struct ds *ds)
{
    size_t n = table->n_columns;
    size_t *widths = xcalloc(n, sizeof *widths);
    const char **texts = xcalloc(n, sizeof *texts);
    enum text_style *styles = xcalloc(n, sizeof *styles);

    lay_out(table, format->width, widths);
    for (size_t i = 0; i < n; i++) {
        const char *heading = table->columns[i].heading;

        texts[i] = heading ? heading : "";
        styles[i] = STYLE_BOLD;
    }
    if (any_text(texts, n)) {
        put_line(table, format, widths, styles, texts, ds);
    }
    for (size_t row = 0; row < table->n_rows; row++) {
        const struct text_cell *cells = &table->cells[row * n];

        for (size_t i = 0; i < n; i++) {
            texts[i] = cells[i].text;
            styles[i] = cells[i].style;
        }
        do {
            put_line(table, format, widths, styles, texts, ds);
        } while (any_text(texts, n));
    }
    free(widths);
    free(texts);
    free(styles);
}
