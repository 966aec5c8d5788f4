/* Which node this is: see instance.h. */

#include <config.h>

#include "agent/node/instance.h"

#include <errno.h>
#include <stdio.h>

#include "openvswitch/vlog.h"
#include "util.h"
#include "uuid.h"

VLOG_DEFINE_THIS_MODULE(instance);

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static void
read_boot_id(struct uuid *boot)
{
    char s[UUID_LEN + 1] = "";
    FILE *stream = fopen(BOOT_ID, "r");

    if (!stream || !fgets(s, sizeof s, stream)
        || !uuid_from_string(boot, s)) {
        VLOG_WARN_ONCE("%s: cannot be read (%s)", BOOT_ID,
                       ovs_strerror(errno));
        uuid_zero(boot);
    }
    if (stream) {
        fclose(stream);
    }
}

char *
instance_create(const struct uuid *row)
{
    struct uuid id;

    read_boot_id(&id);
    for (size_t i = 0; i < ARRAY_SIZE(id.parts); i++) {
        id.parts[i] ^= row->parts[i];
    }
    return xasprintf(UUID_FMT, UUID_ARGS(&id));
}
