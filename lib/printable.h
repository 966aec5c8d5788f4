/* Text of others, made fit for a log, an alarm or a terminal.
 *
 * What a server, a file or the database says may have newlines, which look
 * like log messages of our own, or escape sequences, which a terminal obeys.
 * Whoever puts such text into a message passes it through here. */
#ifndef GA_PRINTABLE_H
#define GA_PRINTABLE_H 1

/* 'text' in one line: newlines and tabs become spaces, and what is not
 * printable, or reorders or hides text, or is not UTF-8, becomes '?'.  For the
 * caller to free. */
char *printable_make(const char *text);

/* The same, and frees 'text'.  NULL stays NULL. */
char *printable_make_nocopy(char *text);

#endif /* lib/printable.h */
