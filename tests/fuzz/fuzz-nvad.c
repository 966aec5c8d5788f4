/* nvad without a database: see fuzz-nvad.h. */

#include <config.h>

#include "tests/fuzz/fuzz-nvad.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "util.h"
#include "utilities/nvad/admit.h"
#include "utilities/nvad/auth.h"
#include "utilities/nvad/object.h"
#include "utilities/nvad/refs.h"
#include "utilities/nvad/store.h"
#include "utilities/nvad/watch.h"
#include "utilities/nvad/write-queue.h"

/* The database. */

const char *
db_get_problem(const struct db *db OVS_UNUSED)
{
    return NULL;
}

bool
db_can_write(struct db *db)
{
    return !db->done;
}

static void
put_draft(struct db *db, enum resource_kind kind, const struct admission *a)
{
    const struct draft *d = &a->draft;
    char *error = NULL;
    struct json *spec = json_util_parse(d->spec, strlen(d->spec), &error);
    struct object_fields f = {
        .kind = kind, .name = d->name, .rv = db->rv,
        .generation = d->generation, .created = d->created,
        .labels = &d->labels, .annotations = &d->annotations,
        .spec = d->spec, .status = d->status,
        .vpc = json_util_string(spec, "vpc", NULL),
    };

    ovs_assert(!spec == (error != NULL));
    f.uuid = a->old ? a->old->uuid : (struct uuid) { { db->rv, 1, 2, 3 } };
    store_put(db->store, object_create(&f));
    json_destroy(spec);
    free(error);
}

void
db_write(struct db *db, enum resource_kind kind, const struct admission *a)
{
    db->rv++;
    if (a->result == ADMIT_DELETE) {
        store_remove(db->store, a->old, db->rv);
    } else {
        put_draft(db, kind, a);
    }
    store_set_rv(db->store, db->rv);
    db->done = true;
}

enum db_result
db_get_result(struct db *db, char **error)
{
    *error = NULL;
    if (!db->done) {
        return DB_PENDING;
    }
    db->done = false;
    return DB_DONE;
}

/* The rest. */

void
fuzz_nvad_init(struct fuzz_nvad *nvad)
{
    struct store_limits limits = { 8, 1 << 20 };
    struct write_limits write_limits = { 8, 1 << 20, 1000 };
    struct store *store = store_create(&limits);

    nvad->db = (struct db) { .store = store, .rv = 1 };
    nvad->refs = refs_create(store);
    nvad->api = (struct api) {
        .store = store,
        .db = &nvad->db,
        .watchers = watchers_create(store, 60000),
        .writes = write_queue_create(store, nvad->refs, &nvad->db,
                                     &write_limits),
        .auth = auth_create(NULL),
    };
    store_set_loaded(store, nvad->db.rv);
}

void
fuzz_nvad_destroy(struct fuzz_nvad *nvad)
{
    auth_destroy(nvad->api.auth);
    write_queue_destroy(nvad->api.writes);
    watchers_destroy(nvad->api.watchers);
    refs_destroy(nvad->refs);
    store_destroy(nvad->api.store);
}
