/* What we tell the controller: our NVE, and the status of endpoints here. */
#ifndef GA_PUBLISH_H
#define GA_PUBLISH_H 1

#include <stdbool.h>

struct agent;
struct publish;
struct json;

struct publish *publish_create(void);
void publish_destroy(struct publish *);

/* Takes note of what changed in this turn, and publishes what the switch has
 * confirmed. */
void publish_run(struct agent *);

/* Whether what receive_to_json() says now is published. */
bool publish_receive_is_current(const struct agent *);

#endif /* agent/publish/publish.h */
