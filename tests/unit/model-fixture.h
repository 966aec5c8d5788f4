/* A model with nothing behind it, on node hv-1: objects are put into it. */
#ifndef GA_TESTS_MODEL_FIXTURE_H
#define GA_TESTS_MODEL_FIXTURE_H 1

#include <stdlib.h>
#include <string.h>

#include "agent/alarms.h"
#include "agent/controller/objects.h"
#include "agent/model/model-endpoint.h"
#include "agent/model/model.h"
#include "agent/node/local.h"
#include "agent/switch/ofctrl.h"
#include "flow.h"
#include "openvswitch/json.h"
#include "tests/unit/parse.h"
#include "util.h"

struct model_fixture {
    struct objects *objects;
    struct objects_scope *scopes[RES_N_KINDS];
    struct alarms *alarms;
    struct ofctrl *ofctrl;
    struct model *model;
    struct write_gate *gate;        /* Shut. */
};

static inline void
model_fixture_init(struct model_fixture *f)
{
    f->objects = objects_create();
    for (int i = 0; i < RES_N_KINDS; i++) {
        f->scopes[i] = objects_scope_create(f->objects, i);
    }
    f->alarms = alarms_create();
    f->gate = write_gate_create();
    f->ofctrl = ofctrl_create(f->gate, WRITE_SWITCH);
    f->model = model_create(f->alarms, f->ofctrl);
    model_set_self(f->model, "hv-1");
    model_set_writable(f->model, true);
}

static inline void
model_fixture_destroy(struct model_fixture *f)
{
    model_destroy(f->model);
    ofctrl_destroy(f->ofctrl);
    write_gate_destroy(f->gate);
    for (int i = 0; i < RES_N_KINDS; i++) {
        objects_scope_destroy(f->scopes[i]);
    }
    objects_destroy(f->objects);
    alarms_destroy(f->alarms);
}

/* For cmocka: '*state' is the fixture. */
static inline int
model_fixture_setup(void **state)
{
    struct model_fixture *f = xzalloc(sizeof *f);

    model_fixture_init(f);
    *state = f;
    return 0;
}

static inline int
model_fixture_teardown(void **state)
{
    model_fixture_destroy(*state);
    free(*state);
    return 0;
}

#define MODEL_TEST(FN) \
    cmocka_unit_test_setup_teardown(FN, model_fixture_setup, \
                                    model_fixture_teardown)

/* Brings the model up to date and forgets what changed. */
static inline void
settle(struct model_fixture *f)
{
    for (int i = 0; i < 2; i++) {
        objects_run(f->objects, model_object_changed, f->model);
        model_run(f->model);
        model_run_done(f->model);
    }
}

/* Puts an object: 'more' are further members of its metadata, 'members' those
 * beside it.  ' stands for ". */
static inline void
model_fixture_put(struct model_fixture *f, enum resource_kind kind,
                  const char *name, const char *more, const char *members)
{
    char *s = xasprintf("{'metadata': {'name': '%s'%s}, %s}", name, more,
                        members);
    struct json *json = parse(s);

    objects_scope_upsert(f->scopes[kind], json);
    json_destroy(json);
    free(s);
}

static inline struct m_endpoint *
find_ep(const struct model_fixture *f, const char *name)
{
    struct entity *entity = entity_find(f->model, MODEL_ENDPOINT, name);

    assert_non_null(entity);
    return M_CAST(m_endpoint, entity);
}

/* 'expected' is a part of the problem, or "": there is none. */
static inline void
check_problem(const struct model_fixture *f, enum model_kind kind,
              const char *name, const char *expected)
{
    const struct entity *entity = entity_find(f->model, kind, name);
    const char *problem;

    assert_non_null(entity);
    problem = entity->problem ? entity->problem : "";
    if (expected[0] ? !strstr(problem, expected) : problem[0]) {
        fail_msg("%s: \"%s\" is not \"%s\"", name, problem, expected);
    }
}

#endif /* tests/unit/model-fixture.h */
