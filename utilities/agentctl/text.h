/* Text for a terminal: printable, coloured, folded.
 *
 * All text comes from the network in the end, so nothing that is not printable
 * ever gets to the terminal: each control character is shown as '?'. */
#ifndef GA_TEXT_H
#define GA_TEXT_H 1

#include <stdbool.h>
#include <stddef.h>

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

/* As the terminal, if standard output is one, and the environment say. */
void text_format_init(struct text_format *);

/* The style of a status word such as "ok" or "blocked". */
enum text_style text_style_for_status(const char *status);

/* Columns that 'text', or its first 'n' bytes, takes. */
size_t text_width(const char *text);
size_t text_width_n(const char *text, size_t n);

/* How many bytes at the start of 'text' make a line of at most 'width' columns
 * (or one word, if that is longer).  Sets '*rest' to where the next line
 * starts. */
size_t text_next_line(const char *text, size_t width, const char **rest);

/* Appends 'text', made printable, in a style. */
void text_put(struct ds *, const struct text_format *, enum text_style,
              const char *text);

/* Appends 'n' bytes of text that is printable already. */
void text_put_printable(struct ds *, const struct text_format *,
                        enum text_style, const char *text, size_t n);

/* Appends 'text', folded at spaces, as lines that start with 'indent'
 * spaces. */
void text_put_indented(struct ds *, const struct text_format *,
                       enum text_style, unsigned int indent,
                       const char *text);

#endif /* utilities/agentctl/text.h */
