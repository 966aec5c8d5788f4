/* Admission of writes.
 *
 * The object that a write would result in (the "candidate") is put together as
 * JSON.  lib/resource.c checks it by itself, checks.c against other objects;
 * then it becomes a draft for the database.  The metadata that belong to the
 * server are never taken from the client; they are only compared, to check
 * that the client means the stored object and version.  A write of the main
 * resource leaves the status as it is; a write of /status changes nothing
 * else. */

#include <config.h>

#include "utilities/nvad/admit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/field-error.h"
#include "lib/json-util.h"
#include "lib/rfc3339.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "random.h"
#include "timeval.h"
#include "util.h"
#include "utilities/nvad/api-status.h"
#include "utilities/nvad/checks.h"
#include "utilities/nvad/own-labels.h"
#include "utilities/nvad/refs.h"
#include "utilities/nvad/store.h"

#define MAX_OBJECT_BYTES (1024 * 1024)
#define MAX_REFERRERS_NAMED 8

/* One write on its way. */
struct context {
    struct store *store;
    const struct refs *refs;
    const struct write_request *rq;
    struct admission *a;
    struct json *old;               /* a->old parsed, or NULL. */
};

void
write_request_destroy(struct write_request *rq)
{
    free(rq->name);
    json_destroy(rq->body);
}

void
admission_destroy(struct admission *a)
{
    json_destroy(a->error);
    free(a->draft.name);
    free(a->draft.created);
    smap_destroy(&a->draft.labels);
    smap_destroy(&a->draft.annotations);
    free(a->draft.spec);
    free(a->draft.status);
    svec_destroy(&a->warnings);
}

/* Takes 'error'.  Returns false, for the caller to return. */
static bool
refuse(struct context *c, struct json *error)
{
    c->a->result = ADMIT_REFUSED;
    c->a->error = error;
    return false;
}

static bool
refuse_conflict(struct context *c, const char *what, const char *is,
                const char *wanted)
{
    const char *plural = resource_get_class(c->rq->kind)->plural;
    struct json *error;

    error = api_status_create(409, "Conflict",
                              "%s.%s \"%s\" has %s %s, not %.80s: it was "
                              "changed in the meantime, read it again", plural,
                              RESOURCE_GROUP, c->rq->name, what, is, wanted);
    api_status_set_object(error, c->rq->kind, c->rq->name);
    return refuse(c, error);
}

/* Checks that 'metadata' (the body's, or a deletion's preconditions) mean the
 * stored object, if they have a uid or a resourceVersion. */
static bool
check_identity(struct context *c, const struct json *metadata)
{
    const char *rv = json_util_string(metadata, "resourceVersion", "");
    const char *uid = json_util_string(metadata, "uid", "");
    char *old_rv = xasprintf("%"PRIu64, c->a->old->rv);
    char *old_uid = xasprintf(UUID_FMT, UUID_ARGS(&c->a->old->uuid));
    bool ok = true;

    if (uid[0] && strcmp(uid, old_uid)) {
        ok = refuse_conflict(c, "uid", old_uid, uid);
    } else if (rv[0] && strcmp(rv, "0") && strcmp(rv, old_rv)) {
        ok = refuse_conflict(c, "resourceVersion", old_rv, rv);
    }
    free(old_rv);
    free(old_uid);
    return ok;
}

static bool
find_old(struct context *c)
{
    c->a->old = store_find(c->store, c->rq->kind, c->rq->name);
    if (!c->a->old) {
        return refuse(c, api_status_not_found(c->rq->kind, c->rq->name));
    }
    return true;
}

/* Copies member 'name' of 'src', if there is one, to 'dst'. */
static void
copy_member(const struct json *src, const char *name, struct json *dst)
{
    const struct json *value = json_util_get(src, name);

    if (value) {
        json_object_put(dst, name, json_deep_clone(value));
    }
}

/* The candidate's metadata: the members that clients may set, and the name. */
static struct json *
make_metadata(const struct json *from, const char *name)
{
    struct json *metadata;

    if (from && from->type != JSON_OBJECT) {
        return json_deep_clone(from);   /* Validation will report it. */
    }
    metadata = json_object_create();
    if (name[0]) {
        json_object_put_string(metadata, "name", name);
    } else {
        /* Absent or of a wrong type: validation will report it. */
        copy_member(from, "name", metadata);
    }
    copy_member(from, "labels", metadata);
    copy_member(from, "annotations", metadata);
    return metadata;
}

/* The object that a write of 'body' to the main resource would result in. */
static struct json *
make_candidate(const struct json *body, const char *name,
               const struct json *old)
{
    struct json *json = json_object_create();

    copy_member(body, "apiVersion", json);
    copy_member(body, "kind", json);
    json_object_put(json, "metadata",
                    make_metadata(json_util_get(body, "metadata"), name));
    copy_member(body, "spec", json);
    copy_member(old, "status", json);
    return json;
}

/* As make_candidate(), for a write of the status. */
static struct json *
make_status_candidate(const struct json *body, const struct json *old)
{
    struct json *json = json_deep_clone(old);

    json_destroy(shash_find_and_delete(json_object(json), "status"));
    copy_member(body, "status", json);
    return json;
}

static void
map_from_json(const struct json *metadata, const char *name,
              struct smap *map)
{
    const struct json *json = json_util_get(metadata, name);
    const struct shash_node *node;

    if (json && json->type == JSON_OBJECT) {
        SHASH_FOR_EACH (node, json->object) {
            const struct json *value = node->data;

            if (value->type == JSON_STRING) {
                smap_replace(map, node->name, value->string);
            }
        }
    }
}

static char *
member_text(const struct json *json, const char *name)
{
    const struct json *value = json_util_get(json, name);

    return value ? json_util_to_line(value) : xstrdup("");
}

static bool
members_equal(const struct json *a, const struct json *b, const char *name)
{
    const struct json *x = json_util_get(a, name);
    const struct json *y = json_util_get(b, name);

    return x && y ? json_equal(x, y) : x == y;
}

/* Fills in the draft from 'candidate', which is valid.  Returns true if it
 * differs from the old object. */
static bool
make_draft(struct context *c, const struct json *candidate)
{
    const struct json *metadata = json_util_get(candidate, "metadata");
    const struct json *old = json_util_get(c->old, "metadata");
    struct draft *d = &c->a->draft;
    struct smap old_labels = SMAP_INITIALIZER(&old_labels);
    struct smap old_annotations = SMAP_INITIALIZER(&old_annotations);
    bool spec_changed = !members_equal(candidate, c->old, "spec");
    int64_t generation = 0;
    bool changed;

    d->name = xstrdup(json_util_string(metadata, "name", ""));
    map_from_json(metadata, "labels", &d->labels);
    map_from_json(metadata, "annotations", &d->annotations);
    d->spec = member_text(candidate, "spec");
    d->status = member_text(candidate, "status");
    if (c->old) {
        json_util_integer(old, "generation", &generation);
        d->created = xstrdup(json_util_string(old, "creationTimestamp", ""));
    } else {
        d->created = rfc3339_from_msec(time_wall_msec());
    }
    d->generation = generation + spec_changed;

    map_from_json(old, "labels", &old_labels);
    map_from_json(old, "annotations", &old_annotations);
    changed = (!c->old || spec_changed
               || !members_equal(candidate, c->old, "status")
               || !smap_equal(&d->labels, &old_labels)
               || !smap_equal(&d->annotations, &old_annotations));
    smap_destroy(&old_labels);
    smap_destroy(&old_annotations);
    return changed;
}

static size_t
draft_bytes(const struct draft *d)
{
    const struct smap_node *node;
    size_t n = strlen(d->spec) + strlen(d->status);

    SMAP_FOR_EACH (node, &d->labels) {
        n += strlen(node->key) + strlen(node->value);
    }
    SMAP_FOR_EACH (node, &d->annotations) {
        n += strlen(node->key) + strlen(node->value);
    }
    return n;
}

/* Runs all checks of 'candidate', and fills in the draft if they pass. */
static bool
check_candidate(struct context *c, struct json *candidate)
{
    const struct write_request *rq = c->rq;
    const char *name = json_util_string(json_util_get(candidate, "metadata"),
                                        "name", rq->name ? rq->name : "");
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    struct svec *warnings = &c->a->warnings;

    if (!rq->status) {
        own_labels_drop(rq->kind, candidate);
    }
    if (resource_validate(rq->kind, candidate, &errors,
                          rq->status ? NULL : warnings)) {
        if (c->old) {
            resource_validate_update(rq->kind, c->old, candidate, &errors);
        }
        if (rq->status) {
            checks_run_status(rq->kind, candidate, &errors);
        } else {
            resource_meta_check_maps(candidate, &errors);
            own_labels_set(rq->kind, candidate);
            checks_run(c->refs, rq->kind, name, candidate, &errors,
                       warnings);
        }
    }
    if (errors.n) {
        refuse(c, api_status_invalid(rq->kind, name, &errors));
        field_errors_destroy(&errors);
        return false;
    }
    field_errors_destroy(&errors);

    c->a->result = (!make_draft(c, candidate) ? ADMIT_UNCHANGED
                    : c->old ? ADMIT_UPDATE
                    : ADMIT_CREATE);
    if (draft_bytes(&c->a->draft) > MAX_OBJECT_BYTES) {
        return refuse(c, api_status_create(
            413, "RequestEntityTooLarge",
            "the object would have more than %d bytes", MAX_OBJECT_BYTES));
    }
    return true;
}

/* PUT and PATCH. */
static bool
admit_update(struct context *c, const struct json *body)
{
    const struct json *metadata = json_util_get(body, "metadata");
    const char *name = json_util_string(metadata, "name", c->rq->name);

    if (strcmp(name, c->rq->name)) {
        return refuse(c, api_status_create(
            400, "BadRequest", "metadata.name \"%.300s\" is not the name in "
            "the URL, \"%s\"", name, c->rq->name));
    }
    if (!check_identity(c, metadata)) {
        return false;
    }

    struct json *candidate = (c->rq->status
                              ? make_status_candidate(body, c->old)
                              : make_candidate(body, c->rq->name, c->old));
    bool ok = check_candidate(c, candidate);
    json_destroy(candidate);
    return ok;
}

static bool
admit_replace(struct context *c)
{
    if (!find_old(c)) {
        return false;
    }
    c->old = object_to_json(c->a->old);
    return admit_update(c, c->rq->body);
}

static bool
admit_patch(struct context *c)
{
    struct json *patched;
    bool ok;

    if (!find_old(c)) {
        return false;
    }
    c->old = object_to_json(c->a->old);
    patched = json_util_merge_patch(c->old, c->rq->body);
    ok = admit_update(c, patched);
    json_destroy(patched);
    return ok;
}

/* A name that begins with 'prefix' and that nobody has. */
static char *
generate_name(const struct context *c, const char *prefix)
{
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";

    for (;;) {
        struct ds s = DS_EMPTY_INITIALIZER;

        ds_put_cstr(&s, prefix);
        for (int i = 0; i < 5; i++) {
            ds_put_char(&s, alphabet[random_range(sizeof alphabet - 1)]);
        }
        if (!store_find(c->store, c->rq->kind, ds_cstr(&s))) {
            return ds_steal_cstr(&s);
        }
        ds_destroy(&s);
    }
}

static bool
check_new_name(struct context *c, const char *name)
{
    const struct write_request *rq = c->rq;
    struct json *error;

    if (!store_find(c->store, rq->kind, name)) {
        return true;
    }
    error = api_status_create(409, "AlreadyExists",
                              "%s.%s \"%s\" already exists",
                              resource_get_class(rq->kind)->plural,
                              RESOURCE_GROUP, name);
    api_status_set_object(error, rq->kind, name);
    return refuse(c, error);
}

static bool
admit_create(struct context *c)
{
    const struct json *body = c->rq->body;
    const struct json *metadata = json_util_get(body, "metadata");
    const char *prefix = json_util_string(metadata, "generateName", "");
    const char *given = json_util_string(metadata, "name", "");
    struct json *candidate;
    char *name;
    bool ok;

    if (json_util_string(metadata, "resourceVersion", "")[0]) {
        return refuse(c, api_status_create(
            400, "BadRequest", "metadata.resourceVersion must not be set on "
            "an object to be created"));
    }
    name = given[0] || !prefix[0] ? xstrdup(given) : generate_name(c, prefix);
    candidate = make_candidate(body, name, NULL);
    ok = check_candidate(c, candidate) && check_new_name(c, name);
    json_destroy(candidate);
    free(name);
    return ok;
}

/* Deletion. */

struct referrer_names {
    struct json *error;
    struct ds names;
    size_t n;
};

static bool
name_referrer(const struct refs_object *o, const char *field, void *names_)
{
    const struct resource_class *class = resource_get_class(o->kind);
    struct referrer_names *names = names_;
    char *message;

    ds_put_format(&names->names, "%s%s \"%s\"", names->n ? ", " : "",
                  class->kind, o->name);
    message = xasprintf("%s \"%s\" refers to it", class->kind, o->name);
    api_status_add_cause(names->error, "ReferredTo", field, message);
    free(message);
    return ++names->n < MAX_REFERRERS_NAMED;
}

static bool
check_referrers(struct context *c)
{
    const struct write_request *rq = c->rq;
    size_t n = refs_count_referrers(c->refs, rq->kind, rq->name);

    if (!n) {
        return true;
    }

    struct referrer_names names = {
        api_status_create(409, "Conflict", " "), DS_EMPTY_INITIALIZER, 0
    };
    api_status_set_object(names.error, rq->kind, rq->name);
    refs_for_each_referrer(c->refs, rq->kind, rq->name, name_referrer,
                           &names);
    if (n > names.n) {
        ds_put_format(&names.names, " and %"PRIuSIZE" more", n - names.n);
    }
    json_object_put_format(names.error, "message", "%s.%s \"%s\" is "
                           "referred to by %s, and cannot be deleted before "
                           "that has changed",
                           resource_get_class(rq->kind)->plural,
                           RESOURCE_GROUP, rq->name, ds_cstr(&names.names));
    ds_destroy(&names.names);
    return refuse(c, names.error);
}

static bool
admit_delete(struct context *c)
{
    if (!find_old(c)
        || !check_identity(c, json_util_get(c->rq->body, "preconditions"))
        || !check_referrers(c)) {
        return false;
    }
    c->a->result = ADMIT_DELETE;
    return true;
}

void
admit(struct store *store, const struct refs *refs,
      const struct write_request *rq, struct admission *a)
{
    struct context c = { .store = store, .refs = refs, .rq = rq, .a = a };

    memset(a, 0, sizeof *a);
    smap_init(&a->draft.labels);
    smap_init(&a->draft.annotations);
    svec_init(&a->warnings);

    if (rq->verb != WRITE_DELETE && rq->body->type != JSON_OBJECT) {
        refuse(&c, api_status_create(400, "BadRequest",
                                     "the body must be a JSON object"));
    } else if (rq->verb == WRITE_CREATE) {
        admit_create(&c);
    } else if (rq->verb == WRITE_REPLACE) {
        admit_replace(&c);
    } else if (rq->verb == WRITE_PATCH) {
        admit_patch(&c);
    } else {
        admit_delete(&c);
    }
    json_destroy(c.old);
}
