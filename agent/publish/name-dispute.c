/* Nodes with one name: see name-dispute.h. */

#include <config.h>

#include "agent/publish/name-dispute.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nullable-string.h"
#include "util.h"

void
name_dispute_init(struct name_dispute *d, char *instance)
{
    memset(d, 0, sizeof *d);
    d->instance = instance;
    d->state = NAME_UNKNOWN;
}

void
name_dispute_destroy(struct name_dispute *d)
{
    free(d->instance);
    free(d->question);
    free(d->rival);
}

static void
set_state(struct name_dispute *d, enum name_state state, long long int until)
{
    d->state = state;
    d->until = until;
    d->seen = false;
    if (state == NAME_ASKING) {
        nullable_string_replace(&d->question,
                                xasprintf("%s/%d", d->instance,
                                          ++d->n_questions));
    } else if (state == NAME_OURS) {
        d->refused = false;
    }
}

/* Whether 'question' was asked by 'instance'. */
static bool
is_question_of(const char *question, const char *instance)
{
    size_t n = strlen(instance);

    return !strncmp(question, instance, n) && question[n] == '/';
}

/* Notes who asks us, until they ask no more. */
static void
update_rival(struct name_dispute *d, const char *contender, long long int now)
{
    if (!contender || is_question_of(contender, d->instance)) {
        nullable_string_replace(&d->rival, NULL);
    } else if (nullable_string_replace(&d->rival, xstrdup(contender))) {
        d->rival_until = now + NAME_RIVAL_TIME;
    }
    d->rival_gone = d->rival && now >= d->rival_until;
}

static void
update_ours(struct name_dispute *d, const struct name_status *status,
            long long int now)
{
    if (!status->instance || strcmp(status->instance, d->instance)) {
        if (d->seen && status->instance) {
            set_state(d, NAME_ASKING, 0);
        }
        return;
    }
    d->seen = true;
    update_rival(d, status->contender, now);
}

void
name_dispute_update(struct name_dispute *d, const struct name_status *status,
                    long long int now)
{
    bool foreign = (status->instance
                    && strcmp(status->instance, d->instance));

    switch (d->state) {
    case NAME_UNKNOWN:
        set_state(d, foreign ? NAME_ASKING : NAME_OURS, 0);
        if (!foreign) {
            update_ours(d, status, now);
        }
        break;
    case NAME_OURS:
        update_ours(d, status, now);
        break;
    case NAME_ASKING:
        if (!foreign || (d->until && now >= d->until)) {
            set_state(d, NAME_OURS, 0);
        } else if (nullable_string_is_equal(status->contender_seen,
                                            d->question)) {
            d->refused = true;
            set_state(d, NAME_HELD, now + NAME_RETRY_TIME);
        } else if (!d->until
                   && nullable_string_is_equal(status->contender,
                                               d->question)) {
            d->until = now + NAME_ANSWER_TIME;
        }
        break;
    case NAME_HELD:
        if (!foreign) {
            set_state(d, NAME_OURS, 0);
        } else if (now >= d->until) {
            set_state(d, NAME_ASKING, 0);
        }
        break;
    }
    if (d->state != NAME_OURS) {
        nullable_string_replace(&d->rival, NULL);
        d->rival_gone = false;
    }
}

long long int
name_dispute_get_deadline(const struct name_dispute *d)
{
    if (d->rival && !d->rival_gone) {
        return d->rival_until;
    }
    return d->until ? d->until : LLONG_MAX;
}
