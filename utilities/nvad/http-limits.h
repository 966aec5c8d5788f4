/* What one address may use of the server, and how long a connection may take
 * to say who it is.
 *
 * A connection is a stranger until a request on it was authorized.  Whatever a
 * stranger does costs little, and ends soon; whatever an address does, a part
 * of everything is left to others. */
#ifndef GA_HTTP_LIMITS_H
#define GA_HTTP_LIMITS_H 1

#include <stdbool.h>
#include <stddef.h>

struct ds;
struct http_limits;
struct http_peer;
struct sockaddr;

/* Of one address, but for the first. */
struct http_shares {
    unsigned int all_connections;   /* Of all addresses: more have to wait. */
    unsigned int connections;
    unsigned int strangers;         /* Connections that are strangers. */
    unsigned int writes;            /* Requests that wait for an answer. */
    size_t body_bytes;              /* Of all bodies that are there. */
    int stranger_ms;                /* How long one may be a stranger. */

    /* How many connections may come to nothing, that is, are not authorized:
     * so many at once, and then so many in a second. */
    unsigned int chances, chances_per_s;
};

struct http_limits *http_limits_create(const struct http_shares *);
void http_limits_destroy(struct http_limits *);

/* Closes connections that have been strangers for too long. */
void http_limits_run(struct http_limits *);
void http_limits_wait(const struct http_limits *);

/* Whether one more connection from the address may be accepted. */
bool http_limits_accept(struct http_limits *, const struct sockaddr *);

/* How many connections are strangers. */
size_t http_limits_count_strangers(const struct http_limits *);

/* Appends the counters of what was refused, a line each. */
void http_limits_format(const struct http_limits *, struct ds *);

/* A connection, from when it is accepted until its socket is closed. */
struct http_peer *http_limits_add_peer(struct http_limits *,
                                       const struct sockaddr *, int fd);
void http_limits_remove_peer(struct http_peer *);

/* A request on the connection was authorized, or was not. */
void http_peer_set_known(struct http_peer *);
void http_peer_note_unauthorized(struct http_peer *);

/* Take a part of the address's share, or return false.  What was taken must be
 * given back. */
bool http_peer_take_body(struct http_peer *, size_t n);
void http_peer_give_body(struct http_peer *, size_t n);
bool http_peer_take_write(struct http_peer *);
void http_peer_give_write(struct http_peer *);

/* The server as a whole had no room for the body. */
void http_peer_note_overload(struct http_peer *);

#endif /* utilities/nvad/http-limits.h */
