/* VPC blue and its endpoints, in tests of the model. */
#ifndef GA_TESTS_MODEL_BLUE_H
#define GA_TESTS_MODEL_BLUE_H 1

#include "sset.h"
#include "tests/unit/model-fixture.h"

/* Runs until nothing is left to do, and lists the services and the policies
 * that were touched in '*touched'. */
static inline void
run_and_note(struct model_fixture *f, struct sset *touched)
{
    struct hmapx_node *node;

    for (int i = 0; i < 2; i++) {
        objects_run(f->objects, model_object_changed, f->model);
        model_run(f->model);
        HMAPX_FOR_EACH (node, &f->model->changed_lbs) {
            struct entity *entity = node->data;

            sset_add(touched, entity->name);
        }
        HMAPX_FOR_EACH (node, &f->model->changed_endpoints) {
            struct entity *entity = node->data;

            sset_add(touched, entity->name);
        }
        model_run_done(f->model);
    }
}

/* 'more' are further members of metadata.  ' stands for ". */
static inline void
put(struct model_fixture *f, enum resource_kind kind, const char *name,
    const char *spec, const char *more, const char *status)
{
    char *members = xasprintf("'spec': {%s}, 'status': {%s}", spec, status);

    model_fixture_put(f, kind, name, more, members);
    free(members);
}

/* Endpoint 'n' of VPC blue at 'nve', with that label, if it is not NULL. */
static inline void
put_endpoint(struct model_fixture *f, int n, const char *nve,
             const char *label, const char *status)
{
    char *name = xasprintf("vm-%d", n);
    char *spec = xasprintf("'vpc': 'blue', 'mac': '02:00:00:00:00:%02x', "
                           "'ips': ['10.0.0.%d', '2001:db8::%d']%s%s%s", n, n,
                           n, nve ? ", 'nve': '" : "", nve ? nve : "",
                           nve ? "'" : "");
    char *more = (label ? xasprintf(", 'labels': {%s}", label)
                  : xstrdup(""));

    put(f, RES_ENDPOINT, name, spec, more, status);
    free(more);
    free(spec);
    free(name);
}

static inline void
plug(struct model_fixture *f, int n)
{
    char *name = xasprintf("vm-%d", n);
    struct plug iface = {
        .iface_id = name, .name = CONST_CAST(char *, "v"),
        .ofport = u16_to_ofp(n),
    };

    model_set_iface(f->model, name, &iface, true);
    free(name);
}

/* VPC blue, in use here by vm-1. */
static inline void
put_basics(struct model_fixture *f)
{
    put(f, RES_VPC, "blue", "'vni': 5, 'subnets': ["
        "{'cidr': '10.0.0.0/24', 'gateway': '10.0.0.1'}, "
        "{'cidr': '2001:db8::/64'}]", "", "");
    put(f, RES_NVE, "hv-1", "", "", "");
    put(f, RES_NVE, "hv-2", "", "", "");
    model_set_complete(f->model);
    put_endpoint(f, 2, NULL, "'app': 'web'", "");
    plug(f, 2);
    put_endpoint(f, 3, "hv-2", "'app': 'web'", "");
    put_endpoint(f, 4, "hv-2", "'app': 'db'", "");
}

#endif /* tests/unit/model-blue.h */
