/* The queue of writes.
 *
 * One transaction is under way at a time.  So each write is decided on a store
 * that shows all earlier ones, and its checks still hold when it is written.
 * A write is answered when the database has it and the store shows it.
 *
 * Without a database, writes wait for a limited time; then the client is told
 * to try again.  If its transaction was under way, the outcome is not known,
 * and the answer says so; the next write then waits until it is known. */

#include <config.h>

#include "utilities/nvad/write-queue.h"

#include <stdlib.h>

#include "openvswitch/json.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"
#include "utilities/nvad/admit.h"
#include "utilities/nvad/api-reply.h"
#include "utilities/nvad/api-status.h"
#include "utilities/nvad/db.h"
#include "utilities/nvad/http-request.h"
#include "utilities/nvad/store.h"

VLOG_DEFINE_THIS_MODULE(write_queue);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(5, 20);

struct write_op {
    struct ovs_list node;           /* In "queue", unless it is "current". */
    struct http_request *http;      /* NULL once answered. */
    struct write_request rq;
    size_t n_bytes;
    long long int deadline;

    /* Of "current": what it is about. */
    struct uuid uuid;               /* Of what is deleted. */
    char *name;
    struct svec warnings;
};

struct write_queue {
    struct store *store;
    const struct refs *refs;
    struct db *db;
    struct write_limits limits;
    struct ovs_list queue;          /* Deadlines ascend. */
    size_t n, n_bytes;              /* Of what is in 'queue'. */
    struct write_op *current;       /* With the database, or NULL. */
    uint64_t n_refused;             /* There were too many. */
};

struct write_queue *
write_queue_create(struct store *store, const struct refs *refs,
                   struct db *db, const struct write_limits *limits)
{
    struct write_queue *q = xzalloc(sizeof *q);

    q->store = store;
    q->refs = refs;
    q->db = db;
    q->limits = *limits;
    ovs_list_init(&q->queue);
    return q;
}

static void
op_destroy(struct write_op *op)
{
    write_request_destroy(&op->rq);
    svec_destroy(&op->warnings);
    free(op->name);
    free(op);
}

/* Takes 'error'. */
static void
reply_error(struct write_op *op, struct json *error)
{
    if (op->http) {
        api_reply_status(op->http, error);
        op->http = NULL;
    } else {
        json_destroy(error);
    }
}

static struct json *
unavailable(const char *why)
{
    struct json *error = api_status_create(503, "ServiceUnavailable", "%s",
                                           why);

    api_status_set_retry_after(error, 1);
    return error;
}

void
write_queue_destroy(struct write_queue *q)
{
    struct write_op *op;

    if (q) {
        LIST_FOR_EACH_POP (op, node, &q->queue) {
            reply_error(op, unavailable("nvad is being stopped"));
            op_destroy(op);
        }
        if (q->current) {
            reply_error(q->current, unavailable("nvad is being stopped: the "
                                                "outcome is not known"));
            op_destroy(q->current);
        }
        free(q);
    }
}

void
write_queue_submit(struct write_queue *q, struct http_request *http,
                   const struct write_request *rq, size_t n_bytes)
{
    struct write_op *op = xzalloc(sizeof *op);

    op->http = http;
    op->rq = *rq;
    op->n_bytes = n_bytes;
    op->deadline = time_msec() + q->limits.timeout_ms;
    svec_init(&op->warnings);
    if (q->n >= q->limits.max_ops
        || q->n_bytes + n_bytes > q->limits.max_bytes) {
        VLOG_WARN_RL(&rl, "%"PRIuSIZE" writes of %"PRIuSIZE" bytes are "
                     "waiting: more are refused", q->n, q->n_bytes);
        q->n_refused++;
        reply_error(op, unavailable("too many writes are waiting"));
        op_destroy(op);
        return;
    }
    ovs_list_push_back(&q->queue, &op->node);
    q->n++;
    q->n_bytes += n_bytes;
}

static struct write_op *
pop(struct write_queue *q)
{
    struct write_op *op = CONTAINER_OF(ovs_list_pop_front(&q->queue),
                                       struct write_op, node);

    q->n--;
    q->n_bytes -= op->n_bytes;
    return op;
}

static void
push_front(struct write_queue *q, struct write_op *op)
{
    ovs_list_push_front(&q->queue, &op->node);
    q->n++;
    q->n_bytes += op->n_bytes;
}

/* Answers a write that was carried out, or would have been. */
static void
reply_object(struct write_op *op, const struct object *o)
{
    if (op->http) {
        api_reply_add_warnings(op->http, &op->warnings);
        api_reply_object(op->http, op->rq.verb == WRITE_CREATE ? 201 : 200,
                         o);
        op->http = NULL;
    }
}

static void
reply_done(struct write_queue *q, struct write_op *op)
{
    const struct object *o;

    if (op->rq.verb == WRITE_DELETE) {
        reply_error(op, api_status_deleted(op->rq.kind, op->name,
                                           &op->uuid));
        return;
    }
    o = store_find(q->store, op->rq.kind, op->name);
    if (o) {
        reply_object(op, o);
    } else {
        reply_error(op, api_status_not_found(op->rq.kind, op->name));
    }
}

/* Answers with what would have been written. */
static void
reply_dry_run(struct write_op *op, const struct admission *a)
{
    const struct draft *d = &a->draft;
    struct object_fields f = {
        .kind = op->rq.kind,
        .name = d->name,
        .uuid = a->old ? a->old->uuid : op->uuid,
        .rv = a->old ? a->old->rv : 0,
        .generation = d->generation,
        .created = d->created,
        .labels = &d->labels,
        .annotations = &d->annotations,
        .spec = d->spec,
        .status = d->status,
    };
    struct object *o = object_create(&f);

    reply_object(op, o);
    object_unref(o);
}

/* Decides on 'op'.  Either answers it and returns true, or passes it to the
 * database and returns false. */
static bool
start(struct write_queue *q, struct write_op *op)
{
    struct admission a;
    bool done = true;

    admit(q->store, q->refs, &op->rq, &a);
    svec_swap(&op->warnings, &a.warnings);
    if (a.old) {
        op->uuid = a.old->uuid;
    }
    free(op->name);
    op->name = nullable_xstrdup(a.old ? a.old->name : a.draft.name);

    if (a.result == ADMIT_REFUSED) {
        reply_error(op, a.error);
        a.error = NULL;
    } else if (a.result == ADMIT_UNCHANGED) {
        reply_object(op, a.old);
    } else if (op->rq.dry_run) {
        if (a.result == ADMIT_DELETE) {
            reply_done(q, op);
        } else {
            reply_dry_run(op, &a);
        }
    } else {
        db_write(q->db, op->rq.kind, &a);
        done = false;
    }
    admission_destroy(&a);
    return done;
}

/* Answers the write that the database has, if it is done.  Returns false if
 * the database still has it. */
static bool
run_current(struct write_queue *q)
{
    struct write_op *op = q->current;
    char *error;

    if (!op) {
        return true;
    }
    switch (db_get_result(q->db, &error)) {
    case DB_PENDING:
        if (op->http && time_msec() >= op->deadline) {
            reply_error(op, unavailable("the database does not answer: it is "
                                        "not known whether this was "
                                        "written"));
        }
        return false;

    case DB_NOT_DONE:
        q->current = NULL;
        if (op->http) {
            push_front(q, op);
            return true;
        }
        break;

    case DB_DONE:
        reply_done(q, op);
        break;

    case DB_FAILED:
        VLOG_WARN("%s \"%s\": %s", resource_get_class(op->rq.kind)->kind,
                  op->name, error);
        reply_error(op, api_status_create(500, "InternalError",
                                          "the database refused: %s",
                                          error));
        break;
    }
    free(error);
    op_destroy(op);
    q->current = NULL;
    return true;
}

static void
expire(struct write_queue *q)
{
    while (q->n) {
        struct write_op *op = CONTAINER_OF(ovs_list_front(&q->queue),
                                           struct write_op, node);
        const char *why = db_get_problem(q->db);

        if (time_msec() < op->deadline) {
            break;
        }
        reply_error(op, unavailable(why ? why : "the database is too slow"));
        op_destroy(pop(q));
    }
}

void
write_queue_run(struct write_queue *q)
{
    while (run_current(q) && q->n && db_can_write(q->db)) {
        struct write_op *op = pop(q);

        if (start(q, op)) {
            op_destroy(op);
        } else {
            q->current = op;
        }
    }
    expire(q);
}

void
write_queue_wait(struct write_queue *q)
{
    if (q->current && q->current->http) {
        poll_timer_wait_until(q->current->deadline);
    } else if (q->n) {
        struct write_op *op = CONTAINER_OF(ovs_list_front(&q->queue),
                                           struct write_op, node);

        poll_timer_wait_until(op->deadline);
    }
}

size_t
write_queue_count(const struct write_queue *q)
{
    return q->n + (q->current != NULL);
}

uint64_t
write_queue_count_refused(const struct write_queue *q)
{
    return q->n_refused;
}
