/* The daemon's answers as tables: one function for each command.
 *
 * Each takes an answer in the format of agent/show/show.h, and appends lines
 * for people to the string.  What an answer lacks is left out. */
#ifndef GA_PRINT_H
#define GA_PRINT_H 1

struct ds;
struct json;
struct text_format;

void print_status(const struct json *, const struct text_format *,
                  struct ds *);
void print_remote_list(const struct json *, const struct text_format *,
                       struct ds *);
void print_option_list(const struct json *, const struct text_format *,
                       struct ds *);
void print_plan_list(const struct json *, const struct text_format *,
                     struct ds *);
void print_endpoint_list(const struct json *, const struct text_format *,
                         struct ds *);
void print_policy_list(const struct json *, const struct text_format *,
                       struct ds *);
void print_qos_list(const struct json *, const struct text_format *,
                    struct ds *);
void print_service(const struct json *, const struct text_format *,
                   struct ds *);
void print_service_list(const struct json *, const struct text_format *,
                        struct ds *);
void print_route_list(const struct json *, const struct text_format *,
                      struct ds *);
void print_gateway_list(const struct json *, const struct text_format *,
                        struct ds *);
void print_nat_list(const struct json *, const struct text_format *,
                    struct ds *);
void print_explain(const struct json *, const struct text_format *,
                   struct ds *);
void print_trace(const struct json *, const struct text_format *,
                 struct ds *);

/* 'options' is the answer of ga/option-list, for the options' names, or
 * NULL. */
void print_remote_show(const struct json *, const struct json *options,
                       const struct text_format *, struct ds *);

#endif /* utilities/agentctl/print.h */
