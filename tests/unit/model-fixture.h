/* A model with nothing behind it, on node hv-1: objects are put into it. */
#ifndef GA_TESTS_MODEL_FIXTURE_H
#define GA_TESTS_MODEL_FIXTURE_H 1

#include "agent/alarms.h"
#include "agent/model/model.h"
#include "agent/controller/objects.h"
#include "agent/switch/ofctrl.h"

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

#endif /* tests/unit/model-fixture.h */
