/* VPC blue and a network outside, in tests of the model. */
#ifndef GA_TESTS_MODEL_OUTSIDE_H
#define GA_TESTS_MODEL_OUTSIDE_H 1

#include "tests/unit/model-fixture.h"

/* 'more' are further members of metadata.  ' stands for ". */
static inline void
put(struct model_fixture *f, enum resource_kind kind, const char *name,
    const char *spec, const char *more)
{
    char *members = xasprintf("'spec': {%s}", spec);

    model_fixture_put(f, kind, name, more, members);
    free(members);
}

static inline void
put_nve(struct model_fixture *f, const char *name, const char *networks)
{
    char *members = xasprintf("'spec': {}, 'status': {'externalNetworks': "
                              "[%s]}", networks);

    model_fixture_put(f, RES_NVE, name, "", members);
    free(members);
}

#define NETWORK "'physicalNetwork': 'physnet1', 'subnets': [" \
                "{'cidr': '198.51.100.0/24', 'gateway': '198.51.100.1'}]"
#define GATEWAY "'vpc': 'blue', 'externalNetwork': 'net', "

/* VPC blue and network net.  hv-2 and hv-3 are attached, hv-4 is not. */
static inline void
put_basics(struct model_fixture *f)
{
    put(f, RES_VPC, "blue", "'vni': 5", "");
    put(f, RES_EXTERNAL_NETWORK, "net", NETWORK, "");
    put_nve(f, "hv-1", "");
    put_nve(f, "hv-2", "\"net\"");
    put_nve(f, "hv-3", "\"other\", \"net\"");
    put_nve(f, "hv-4", "");
    model_set_complete(f->model);
}

static inline void
put_endpoint(struct model_fixture *f, const char *nve, const char *ips)
{
    char *s = xasprintf("'vpc': 'blue', 'mac': '02:00:00:00:00:05', "
                        "'nve': '%s', 'ips': [%s]", nve, ips);

    put(f, RES_ENDPOINT, "vm", s, "");
    free(s);
}

#endif /* tests/unit/model-outside.h */
