/* Tables and paragraphs for a terminal.
 *
 * A table is collected first and laid out when it is formatted: each column
 * gets the width of its widest cell; if that is more than the terminal has,
 * the columns that may be folded (COLUMN_FOLD) give way, the widest first, but
 * never so far that a word would be cut.  A name that is longer than the
 * terminal is wide thus makes a wide table, but never an unreadable one.
 *
 * Widths are counted in characters, not bytes.  All text is made printable
 * when it comes in: an endpoint's message, say, was written by whoever may
 * write to the controller, and must not reach the terminal as an escape
 * sequence. */

#include <config.h>

#include "utilities/agentctl/text-table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

#define COLUMN_GAP 2                /* Spaces between columns. */
#define DEFAULT_WIDTH 80            /* Where no terminal says otherwise. */
#define MIN_WIDTH 40                /* Narrower terminals get long lines. */

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

/* Printable text. */

/* Takes one character of UTF-8 from '*s' and advances it.  Returns the code
 * point, or UINT32_MAX for a byte that is not part of a valid character. */
static uint32_t
utf8_next(const char **s)
{
    const uint8_t *p = (const uint8_t *) *s;
    static const uint32_t min[] = { 0, 0x80, 0x800, 0x10000 };
    size_t n = p[0] < 0x80 ? 0 : (p[0] & 0xe0) == 0xc0 ? 1
               : (p[0] & 0xf0) == 0xe0 ? 2 : (p[0] & 0xf8) == 0xf0 ? 3 : 4;
    uint32_t c;

    if (n == 4) {
        *s += 1;
        return UINT32_MAX;
    }
    c = n ? p[0] & (0x3f >> n) : p[0];
    for (size_t i = 1; i <= n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            *s += 1;
            return UINT32_MAX;
        }
        c = (c << 6) | (p[i] & 0x3f);
    }
    *s += n + 1;
    return c < min[n] || c > 0x10ffff ? UINT32_MAX : c;
}

/* Control characters, and those that reorder or hide text. */
static bool
is_unprintable(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f)
           || (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e)
           || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || c == UINT32_MAX;
}

static char *
make_printable(const char *text)
{
    struct ds ds = DS_EMPTY_INITIALIZER;

    ds_reserve(&ds, strlen(text));
    while (*text) {
        const char *start = text;
        uint32_t c = utf8_next(&text);

        if (c == '\n' || c == '\t') {
            ds_put_char(&ds, ' ');
        } else if (is_unprintable(c)) {
            ds_put_char(&ds, '?');
        } else {
            ds_put_buffer(&ds, start, text - start);
        }
    }
    return ds_steal_cstr(&ds);
}

static size_t
width_n(const char *text, size_t n)
{
    const char *end = text + n;
    size_t width = 0;

    while (text < end) {
        utf8_next(&text);
        width++;
    }
    return width;
}

size_t
text_width(const char *text)
{
    return width_n(text, strlen(text));
}

/* Styles. */

/* Colours only on a terminal that has them and where nobody said no:
 * https://no-color.org. */
static bool
terminal_has_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && !(no_color && no_color[0])
           && term && term[0] && strcmp(term, "dumb");
}

void
text_format_init(struct text_format *format)
{
    struct winsize size;

    format->width = DEFAULT_WIDTH;
    if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)
        && size.ws_col >= MIN_WIDTH) {
        format->width = size.ws_col;
    }
    format->colour = terminal_has_colour();
}

enum text_style
text_style_for_status(const char *status)
{
    static const struct {
        const char *word;
        enum text_style style;
    } words[] = {
        /* Of remotes and endpoints. */
        { "ok", STYLE_GOOD },           { "optionless", STYLE_NOTICE },
        { "degraded", STYLE_NOTICE },   { "blocked", STYLE_BAD },
        { "pending", STYLE_BUSY },      { "Running", STYLE_GOOD },
        { "Pending", STYLE_BUSY },      { "Blocked", STYLE_BAD },
        { "Refused", STYLE_BAD },       { "Unknown", STYLE_BAD },
        /* Of connections. */
        { "connected", STYLE_GOOD },    { "file", STYLE_GOOD },
        { "steady", STYLE_GOOD },       { "connecting", STYLE_BUSY },
        { "backoff", STYLE_BAD },       { "invalid", STYLE_BAD },
        { "disconnected", STYLE_BAD },
    };

    for (size_t i = 0; status && i < ARRAY_SIZE(words); i++) {
        if (!strcmp(status, words[i].word)) {
            return words[i].style;
        }
    }
    return STYLE_PLAIN;
}

static const char *
style_to_escape(enum text_style style)
{
    switch (style) {
    case STYLE_BOLD: return "\033[1m";
    case STYLE_DIM: return "\033[2m";
    case STYLE_GOOD: return "\033[32m";
    case STYLE_NOTICE: return "\033[33m";
    case STYLE_BAD: return "\033[31m";
    case STYLE_BUSY: return "\033[36m";
    case STYLE_PLAIN: default: return NULL;
    }
}

/* Appends 'n' bytes of text that is printable already. */
static void
put_printable(struct ds *ds, const struct text_format *format,
              enum text_style style, const char *text, size_t n)
{
    const char *escape = format->colour && n ? style_to_escape(style) : NULL;

    ds_put_cstr(ds, escape ? escape : "");
    ds_put_buffer(ds, text, n);
    ds_put_cstr(ds, escape ? "\033[0m" : "");
}

void
text_put(struct ds *ds, const struct text_format *format,
         enum text_style style, const char *text)
{
    char *printable = make_printable(text);

    put_printable(ds, format, style, printable, strlen(printable));
    free(printable);
}

/* Folding. */

/* Returns how many bytes at the start of 'text' make a line of at most
 * 'width' columns (or one word, if that is longer), and sets '*rest' to where
 * the next line starts. */
static size_t
next_line(const char *text, size_t width, const char **rest)
{
    const char *end = text;         /* Of the words that fit. */

    for (;;) {
        const char *word = end + strspn(end, " ");
        const char *word_end = word + strcspn(word, " ");

        if (word == word_end
            || (end != text && width_n(text, word_end - text) > width)) {
            break;
        }
        end = word_end;
    }
    *rest = end + strspn(end, " ");
    return end - text;
}

void
text_put_indented(struct ds *ds, const struct text_format *format,
                  enum text_style style, unsigned int indent,
                  const char *text)
{
    size_t width = format->width > indent + MIN_WIDTH / 2
                   ? format->width - indent : MIN_WIDTH / 2;
    char *printable = make_printable(text);
    const char *p = printable;

    while (*p) {
        const char *rest;
        size_t n = next_line(p, width, &rest);

        ds_put_char_multiple(ds, ' ', indent);
        put_printable(ds, format, style, p, n);
        ds_put_char(ds, '\n');
        p = rest;
    }
    free(printable);
}

/* Tables. */

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
    cell->text = make_printable(text ? text : "");
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

        longest = MAX(longest, width_n(text, n));
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
 * advanced.  Nothing but spaces at the end is left away. */
static void
put_line(const struct text_table *table, const struct text_format *format,
         const size_t *widths, const enum text_style *styles,
         const char **texts, struct ds *ds)
{
    size_t pending = table->indent; /* Spaces before the next text. */

    for (size_t i = 0; i < table->n_columns; i++) {
        const char *rest = "";
        size_t n = table->columns[i].kind == COLUMN_FOLD
                   ? next_line(texts[i], widths[i], &rest)
                   : strlen(texts[i]);
        size_t used = width_n(texts[i], n);
        size_t pad = widths[i] > used ? widths[i] - used : 0;
        bool right = table->columns[i].kind == COLUMN_RIGHT;

        pending += right ? pad : 0;
        if (n) {
            ds_put_char_multiple(ds, ' ', pending);
            put_printable(ds, format, styles[i], texts[i], n);
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
