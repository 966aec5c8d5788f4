/* A page of a list, as a Kubernetes API server answers with it.
 *
 * Pure functions from text to a structure. */
#ifndef GA_LIST_PAGE_H
#define GA_LIST_PAGE_H 1

#include <stddef.h>

#include "lib/resource.h"

struct json;

/* An object: one of the two. */
struct list_item {
    struct json *json;
    struct endpoint *endpoint;      /* One that is plain: see
                                     * lib/endpoint-decode.h. */
};

struct list_page {
    char *version;                  /* metadata.resourceVersion. */
    char *next;                     /* metadata.continue, of the next page;
                                     * NULL: this is the last one. */
    struct list_item *items;        /* Those with a name. */
    size_t n_items, allocated_items;
    size_t n_nameless;              /* Items that were left out. */
};

/* Returns NULL, with the page in '*page', or a message for the caller to
 * free.  Only what is certainly a page of a list of that kind is taken for
 * one: what a list does not have is deleted. */
char *list_page_parse(const char *text, size_t n, enum resource_kind,
                      struct list_page *page);
void list_page_destroy(struct list_page *);

#endif /* agent/controller/list-page.h */
