/* The requests of a writer: what an entry has to write, and what the server's
 * answers mean. */
#ifndef GA_WRITE_REQUEST_H
#define GA_WRITE_REQUEST_H 1

struct rest;
struct write_entry;

/* Looks at an entry in WRITE_QUEUED, and sends what differs from what there
 * is to the server at 'base_url', if that is not NULL.  The entry is in
 * another state afterwards.  An entry that wanted the object to be gone
 * destroys itself when it is. */
void write_request_start(struct write_entry *, struct rest *,
                         const char *base_url);

#endif /* agent/controller/write-request.h */
