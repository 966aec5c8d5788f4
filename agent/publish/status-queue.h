/* Writes statuses of objects of one kind, of each at most every two seconds.
 *
 * A thousand backends that come up one by one must not be a thousand writes of
 * a status with a thousand backends.  So after each write of an object there
 * is a pause; what changes in the meantime is in the next one. */
#ifndef GA_STATUS_QUEUE_H
#define GA_STATUS_QUEUE_H 1

#include "agent/model/entity.h"
#include "openvswitch/shash.h"
#include "sset.h"

struct agent;

struct status_queue_class {
    enum model_kind kind;
    enum resource_kind resource_kind;

    /* Whether it is this node that writes the status of an entity that has an
     * object. */
    bool (*is_ours)(const struct agent *, const struct entity *);

    /* Returns the status, for the caller to free; NULL if it is too early to
     * say. */
    struct json *(*make_status)(const struct agent *, const struct entity *);
};

struct status_queue {
    const struct status_queue_class *class;

    /* Names, as objects may go. */
    struct sset pending;            /* To be looked at. */
    struct shash pauses;            /* Name -> time_msec() until when nothing
                                     * is written, as "long long int". */
};

void status_queue_init(struct status_queue *,
                       const struct status_queue_class *);
void status_queue_uninit(struct status_queue *);

/* Makes the queue look at an object, at all in 'entities', or at all there
 * are. */
void status_queue_note(struct status_queue *, const char *name);
void status_queue_note_set(struct status_queue *,
                           const struct hmapx *entities);
void status_queue_note_all(struct status_queue *, const struct model *);

/* Publishes what is to be looked at, if objects may be written. */
void status_queue_run(struct status_queue *, struct agent *);
void status_queue_wait(const struct status_queue *, const struct agent *);

#endif /* agent/publish/status-queue.h */
