/* Counting what others do to what is ours.
 *
 * It happens once, by mistake, that somebody deletes all flows of a bridge;
 * they are put back, and that is the end of it.  If it happens again, a
 * program does it, and people should know. */

#include <config.h>

#include "agent/switch/interference.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "util.h"

/* All in msec. */
#define OCCASION 2000
#define REMEMBERED (10 * 60 * 1000)
#define ROUNDS_PERIOD (60 * 1000)
#define HOLD 1000

/* Rounds in ROUNDS_PERIOD that are not held back. */
#define MAX_ROUNDS 60

static const struct kind {
    const char *member;             /* In interference_to_json(). */
    const char *one, *many;         /* "1 flow was deleted". */
} kinds[] = {
    [INTERFERENCE_FLOW_DELETED]
        = { "flowsDeleted", "flow was deleted", "flows were deleted" },
    [INTERFERENCE_FLOW_CHANGED]
        = { "flowsChanged", "flow was changed or replaced",
            "flows were changed or replaced" },
    [INTERFERENCE_FLOW_ADDED]
        = { "flowsAdded", "flow was added with the agent's cookie",
            "flows were added with the agent's cookie" },
    [INTERFERENCE_METER]
        = { "meters", "meter was deleted or changed",
            "meters were deleted or changed" },
    [INTERFERENCE_GROUP]
        = { "groups", "group was deleted or changed",
            "groups were deleted or changed" },
    [INTERFERENCE_TLV]
        = { "mappings", "mapping of a Geneve option was deleted or changed",
            "mappings of Geneve options were deleted or changed" },
};
BUILD_ASSERT_DECL(ARRAY_SIZE(kinds) == INTERFERENCE_N_KINDS);

void
interference_note(struct interference *in, enum interference_kind kind,
                  unsigned int n, long long int now)
{
    struct interference_record *r = &in->record;

    if (!n) {
        return;
    }
    if (!in->dirty) {
        in->clean = *r;
        in->dirty = true;
    }
    if (!r->began || now - r->began >= OCCASION) {
        bool again = r->began && now - r->began < REMEMBERED;

        r->n_occasions = again ? r->n_occasions + 1 : 1;
        r->began = now;
        memset(r->recent, 0, sizeof r->recent);
    }
    r->n[kind] += n;
    r->recent[kind] += n;
}

void
interference_note_lost(struct interference *in)
{
    if (in->dirty) {
        in->record = in->clean;
        in->dirty = false;
    }
}

void
interference_note_restored(struct interference *in, long long int now)
{
    if (!in->dirty) {
        return;
    }
    in->dirty = false;
    if (now - in->rounds_since >= ROUNDS_PERIOD) {
        in->rounds_since = now;
        in->n_rounds = 0;
    }
    if (++in->n_rounds > MAX_ROUNDS) {
        in->hold_until = now + HOLD;
    }
}

long long int
interference_get_hold(const struct interference *in)
{
    return in->hold_until;
}

long long int
interference_get_expiry(const struct interference *in)
{
    const struct interference_record *r = &in->record;

    return r->n_occasions > 1 ? r->began + REMEMBERED : LLONG_MAX;
}

char *
interference_describe(const struct interference *in, long long int now)
{
    const struct interference_record *r = &in->record;
    struct ds s = DS_EMPTY_INITIALIZER;

    if (r->n_occasions < 2 || now - r->began >= REMEMBERED) {
        return NULL;
    }
    for (int i = 0; i < INTERFERENCE_N_KINDS; i++) {
        unsigned int n = r->recent[i];

        if (n) {
            ds_put_format(&s, "%s%u %s", s.length ? ", " : "", n,
                          n == 1 ? kinds[i].one : kinds[i].many);
        }
    }
    ds_put_format(&s, " by somebody else, for the %u%s time", r->n_occasions,
                  (r->n_occasions == 2 ? "nd"
                   : r->n_occasions == 3 ? "rd" : "th"));
    return ds_steal_cstr(&s);
}

struct json *
interference_to_json(const struct interference *in)
{
    struct json *json = json_object_create();

    for (int i = 0; i < INTERFERENCE_N_KINDS; i++) {
        json_object_put(json, kinds[i].member, json_integer_create(
            in->record.n[i]));
    }
    return json;
}
