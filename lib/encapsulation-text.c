/* Encapsulations in sentences: apart from encapsulation.c, which geneve-tap
 * has without Open vSwitch's library. */

#include <config.h>

#include "lib/encapsulation.h"

#include "openvswitch/dynamic-string.h"

char *
encapsulation_set_to_string(encapsulation_set set)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct encapsulation *e;

    for (size_t i = 0; (e = encapsulation_get(i)) != NULL; i++) {
        encapsulation_set one = encapsulation_set_one(e);

        if (set & one) {
            set &= ~one;
            ds_put_format(&s, "%s%s", !s.length ? "" : set ? ", " : " and ",
                          e->title);
        }
    }
    if (!s.length) {
        ds_put_cstr(&s, "nothing");
    }
    return ds_steal_cstr(&s);
}

char *
encapsulation_list_names(void)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    const struct encapsulation *e;

    for (size_t i = 0; (e = encapsulation_get(i)) != NULL; i++) {
        ds_put_format(&s, "%s%s", !i ? ""
                      : encapsulation_get(i + 1) ? ", " : " or ", e->name);
    }
    return ds_steal_cstr(&s);
}
