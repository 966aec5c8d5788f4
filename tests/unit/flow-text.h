/* Flows as text, in the words of the objects that they were made of. */
#ifndef GA_TESTS_FLOW_TEXT_H
#define GA_TESTS_FLOW_TEXT_H 1

struct agent;
struct desired_flow;
struct ds;
struct match;
struct ofpbuf;

/* Undoes the encoding.  The caller must uninitialize 'ofpacts'. */
void flow_text_decode(const struct desired_flow *, struct match *,
                      struct ofpbuf *ofpacts);

/* Puts names of objects in place of their numbers. */
void flow_text_put_names(const struct agent *, struct ds *);

/* Returns a line, for the caller to free, that begins with what it will be
 * sorted by: table, priority (the highest first), match.  A flow that the
 * switch would refuse, or that would do harm there, ends the program. */
char *flow_text_format(const struct agent *, const struct desired_flow *);

#endif /* tests/unit/flow-text.h */
