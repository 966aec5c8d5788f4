/* Text for a terminal: see text.h.
 *
 * Widths are counted in characters, not bytes. */

#include <config.h>

#include "utilities/agentctl/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/printable.h"
#include "lib/utf8.h"
#include "openvswitch/dynamic-string.h"
#include "util.h"

#define DEFAULT_WIDTH 80            /* Where no terminal says otherwise. */
#define MIN_WIDTH 40                /* Narrower terminals get long lines. */

/* Widths. */

size_t
text_width_n(const char *text, size_t n)
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
    return text_width_n(text, strlen(text));
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
        { "Unreachable", STYLE_BAD },   { "unreachable", STYLE_BAD },
        /* Of services, their backends, and QoS. */
        { "Served", STYLE_GOOD },       { "NoBackends", STYLE_BAD },
        { "taking", STYLE_GOOD },       { "draining", STYLE_NOTICE },
        { "unhealthy", STYLE_BAD },     { "InForce", STYLE_GOOD },
        { "Overridden", STYLE_NOTICE },
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

void
text_put_printable(struct ds *ds, const struct text_format *format,
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
    char *printable = printable_make(text);

    text_put_printable(ds, format, style, printable, strlen(printable));
    free(printable);
}

/* Folding. */

size_t
text_next_line(const char *text, size_t width, const char **rest)
{
    const char *end = text;         /* Of the words that fit. */

    for (;;) {
        const char *word = end + strspn(end, " ");
        const char *word_end = word + strcspn(word, " ");

        if (word == word_end
            || (end != text && text_width_n(text, word_end - text) > width)) {
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
    char *printable = printable_make(text);
    const char *p = printable;

    while (*p) {
        const char *rest;
        size_t n = text_next_line(p, width, &rest);

        ds_put_char_multiple(ds, ' ', indent);
        text_put_printable(ds, format, style, p, n);
        ds_put_char(ds, '\n');
        p = rest;
    }
    free(printable);
}
