/* Writes on their way to the database, one after the other. */
#ifndef GA_WRITE_QUEUE_H
#define GA_WRITE_QUEUE_H 1

#include <stddef.h>

struct db;
struct http_request;
struct refs;
struct store;
struct write_queue;
struct write_request;

struct write_limits {
    size_t max_ops;                 /* That wait. */
    size_t max_bytes;               /* Of their bodies. */
    int timeout_ms;                 /* For the database to come back. */
};

struct write_queue *write_queue_create(struct store *, const struct refs *,
                                       struct db *,
                                       const struct write_limits *);
void write_queue_destroy(struct write_queue *);
void write_queue_submit(struct write_queue *, struct http_request *,
                        const struct write_request *, size_t n_bytes);
void write_queue_run(struct write_queue *);
void write_queue_wait(struct write_queue *);
size_t write_queue_count(const struct write_queue *);

#endif /* utilities/nvad/write-queue.h */
