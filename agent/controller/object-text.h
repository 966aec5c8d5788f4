/* Versions of objects, kept as text.
 *
 * As a tree, an object takes five times the memory.  The text lacks what is
 * the server's own bookkeeping, metadata.resourceVersion and managedFields. */
#ifndef GA_OBJECT_TEXT_H
#define GA_OBJECT_TEXT_H 1

struct json;

/* Two versions that are the same but for the bookkeeping have the same
 * text. */
char *object_text_make(const struct json *);

/* The object that 'text' was made of, for the caller to destroy, with
 * 'version' as its metadata.resourceVersion; "" for none. */
struct json *object_text_parse(const char *text, const char *version);

#endif /* agent/controller/object-text.h */
