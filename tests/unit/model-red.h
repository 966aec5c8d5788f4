/* VPC red and its endpoints, in tests of the model. */
#ifndef GA_TESTS_MODEL_RED_H
#define GA_TESTS_MODEL_RED_H 1

#include "tests/unit/model-fixture.h"

static inline void
put(struct model_fixture *f, enum resource_kind kind, const char *name,
    const char *members)
{
    model_fixture_put(f, kind, name, "", members);
}

#define MADE_AT(SECOND, UID) \
    ", \"creationTimestamp\": \"2026-01-01T00:00:" SECOND "Z\", " \
    "\"uid\": \"" UID "\""

static inline void
set_iface(struct model_fixture *f, const char *name, int ofport, bool initial,
          bool settled)
{
    struct plug iface = {
        .iface_id = CONST_CAST(char *, name), .name = CONST_CAST(char *, "v"),
        .ofport = u16_to_ofp(ofport), .settled = settled,
    };
    model_set_iface(f->model, name, &iface, initial);
}

static inline void
plug(struct model_fixture *f, const char *name, int ofport)
{
    set_iface(f, name, ofport, false, false);
}

#define OPTION(TYPE) "\"spec\": {\"class\": \"0xff01\", \"type\": \"" TYPE \
    "\", \"length\": 4, \"value\": {\"constant\": \"0x00000001\"}}"
#define EP(MAC) "\"spec\": {\"vpc\": \"red\", \"mac\": \"" MAC "\"}"
#define EP_AT(MAC, NVE) "\"spec\": {\"vpc\": \"red\", \"mac\": \"" MAC \
    "\", \"nve\": \"" NVE "\"}"
#define MAC1 "02:00:00:00:00:01"
#define MAC2 "02:00:00:00:00:02"

static inline void
put_red(struct model_fixture *f)
{
    put(f, RES_GENEVE_OPTION, "label", OPTION("0x81"));
    put(f, RES_OPTION_PROFILE, "gold", "\"spec\": {\"options\": ["
        "{\"name\": \"label\", \"required\": true}]}");
    put(f, RES_VPC, "red", "\"spec\": {\"vni\": 100, "
        "\"optionProfile\": \"gold\"}");
}

#endif /* tests/unit/model-red.h */
