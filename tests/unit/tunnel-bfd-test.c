/* What the row of a tunnel port says of its BFD. */

#include <config.h>

#include "agent/node/tunnel-bfd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schemas/vswitch-idl.h"
#include "smap.h"
#include "util.h"

static void
row_init(struct vswrec_interface *row, bool ours, const char *state,
         const char *flap_count)
{
    memset(row, 0, sizeof *row);
    smap_init(&row->bfd);
    smap_init(&row->bfd_status);
    smap_init(&row->external_ids);
    smap_add(&row->bfd, "enable", "true");
    if (state) {
        smap_add(&row->bfd_status, "state", state);
        smap_add(&row->bfd_status, "flap_count", flap_count);
    }
    if (ours) {
        smap_add(&row->external_ids, "nve-bfd", "true");
    }
}

static void
row_uninit(struct vswrec_interface *row)
{
    smap_destroy(&row->bfd);
    smap_destroy(&row->bfd_status);
    smap_destroy(&row->external_ids);
}

static bool
is_broken(bool ours, const char *state, const char *flap_count)
{
    struct vswrec_interface row;
    bool broken;

    row_init(&row, ours, state, flap_count);
    broken = tunnel_bfd_is_broken(&row);
    row_uninit(&row);
    return broken;
}

/* A gateway's node runs BFD to a node whose endpoints of the VPC are still to
 * be plugged in, and so does not run it. */
static void
test_broken(void **state OVS_UNUSED)
{
    assert_false(is_broken(true, "down", "0"));
    assert_true(is_broken(true, "down", "2"));
    assert_false(is_broken(true, "up", "1"));
    assert_false(is_broken(true, NULL, NULL));

    /* Somebody else's session is to be up. */
    assert_true(is_broken(false, "down", "0"));
    assert_false(is_broken(false, "init", "0"));
    assert_false(is_broken(false, NULL, NULL));
}

/* Of BFD that does not run, that somebody else started, or that says it
 * already, nothing is written.  (These rows cannot be.) */
static void
test_path_down(void **state OVS_UNUSED)
{
    struct vswrec_interface row;

    row_init(&row, false, "up", "1");
    assert_false(tunnel_bfd_write_path_down(&row));
    row_uninit(&row);

    row_init(&row, true, "up", "1");
    smap_add(&row.bfd, "cpath_down", "true");
    assert_false(tunnel_bfd_write_path_down(&row));
    smap_clear(&row.bfd);
    assert_false(tunnel_bfd_write_path_down(&row));
    row_uninit(&row);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_path_down),
    };

    return cmocka_run_group_tests_name("tunnel-bfd", tests, NULL, NULL);
}
