/* Answers of the API. */
#ifndef GA_API_REPLY_H
#define GA_API_REPLY_H 1

struct http_request;
struct json;
struct object;
struct svec;

void api_reply_json(struct http_request *, int code, struct json *);
void api_reply_text(struct http_request *, int code, const char *);
void api_reply_status(struct http_request *, struct json *status);
void api_reply_object(struct http_request *, int code, const struct object *);
void api_add_warnings(struct http_request *, const struct svec *);

#endif /* utilities/nvad/api-reply.h */
