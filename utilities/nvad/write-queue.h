/* Writes on their way to the database, one after the other. */
#ifndef GA_WRITE_QUEUE_H
#define GA_WRITE_QUEUE_H 1

#include <stddef.h>
#include <stdint.h>

struct db;
struct http_request;
struct refs;
struct store;
struct write_queue;
struct write_request;

struct write_limits {
    size_t max_ops;                 /* How many may wait. */
    size_t max_bytes;               /* Of their bodies, together. */
    int timeout_ms;                 /* How long one waits for the database. */
};

struct write_queue *write_queue_create(struct store *, const struct refs *,
                                       struct db *,
                                       const struct write_limits *);
void write_queue_destroy(struct write_queue *);

/* Queues a write, to be answered on the request.  Takes the content of '*rq'.
 * 'n_bytes' is the size of its body. */
void write_queue_submit(struct write_queue *, struct http_request *,
                        const struct write_request *rq, size_t n_bytes);
void write_queue_run(struct write_queue *);
void write_queue_wait(struct write_queue *);

/* How many writes have not been carried out yet. */
size_t write_queue_count(const struct write_queue *);

/* How many writes were refused because too many were waiting. */
uint64_t write_queue_count_refused(const struct write_queue *);

#endif /* utilities/nvad/write-queue.h */
