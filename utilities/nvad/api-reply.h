/* Answers of the API, for all modules that answer requests. */
#ifndef GA_API_REPLY_H
#define GA_API_REPLY_H 1

struct http_request;
struct json;
struct object;
struct svec;

/* Takes the JSON. */
void api_reply_json(struct http_request *, int code, struct json *);

void api_reply_text(struct http_request *, int code, const char *);
void api_reply_object(struct http_request *, int code, const struct object *);

/* Answers with a Status object, with its code and, if it has one, its time to
 * retry after.  Takes the object. */
void api_reply_status(struct http_request *, struct json *status);

/* Adds a Warning header for each warning to the answer that is yet to be given
 * (RFC 7234, section 5.5, as Kubernetes uses it). */
void api_reply_add_warnings(struct http_request *, const struct svec *);

#endif /* utilities/nvad/api-reply.h */
