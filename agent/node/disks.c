/* A full disk is noticed where something cannot be written, but not by Open
 * vSwitch's logs: they lose lines without a word, those by which bad packets
 * are found among them (agent/poison/log-tail.h).  So the file systems are
 * asked themselves. */

#include <config.h>

#include "agent/node/disks.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "dirs.h"
#include "lib/nullable-string.h"
#include "lib/tick.h"
#include "openvswitch/list.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "util.h"

#define INTERVAL 5000               /* ms */

struct disk {
    struct ovs_list node;
    char *path;
    char *what;
    char *problem;                  /* Or NULL. */
    unsigned long int fsid;         /* As statvfs() has it. */
};

struct disks {
    struct ovs_list all;            /* Of "struct disk"s. */
    long long int next;             /* time_msec() of the next look. */
};

struct disks *
disks_create(void)
{
    struct disks *disks = xzalloc(sizeof *disks);

    ovs_list_init(&disks->all);
    return disks;
}

void
disks_destroy(struct disks *disks)
{
    struct disk *disk;

    if (!disks) {
        return;
    }
    LIST_FOR_EACH_SAFE (disk, node, &disks->all) {
        ovs_list_remove(&disk->node);
        free(disk->path);
        free(disk->what);
        free(disk->problem);
        free(disk);
    }
    free(disks);
}

void
disks_add(struct disks *disks, const char *path, const char *what)
{
    struct disk *disk = xzalloc(sizeof *disk);

    disk->path = xstrdup(path);
    disk->what = xstrdup(what);
    ovs_list_push_back(&disks->all, &disk->node);
    disks->next = 0;
}

void
disks_add_logs(struct disks *disks)
{
    char *log = vlog_get_log_file();

    if (log) {
        char *dir = dir_name(log);

        disks_add(disks, dir, "the agent's log");
        free(dir);
        free(log);
    }
    disks_add(disks, ovs_logdir(), "Open vSwitch's logs, by which bad packets "
              "are found,");
}

/* Whether the file system of 'disk' is that of one before it in the list. */
static bool
is_repeated(const struct disks *disks, const struct disk *disk)
{
    const struct disk *other;

    LIST_FOR_EACH (other, node, &disks->all) {
        if (other == disk) {
            return false;
        } else if (other->fsid == disk->fsid && other->problem) {
            return true;
        }
    }
    return false;
}

/* Returns what is wrong with 'disk', for the caller to free, or NULL.  Some
 * file systems have no limit to their blocks or inodes, and say that there are
 * none. */
static char *
check(struct disk *disk)
{
    struct statvfs st;

    if (statvfs(disk->path, &st)) {
        disk->fsid = 0;
        return (errno == ENOENT ? NULL
                : xasprintf("%s cannot be written: %s", disk->what,
                            ovs_strerror(errno)));
    }
    disk->fsid = st.f_fsid;
    if (!st.f_blocks) {
        return NULL;
    } else if (st.f_flag & ST_RDONLY) {
        return xasprintf("its file system is read-only, so %s cannot be "
                         "written: see what the kernel's log says, then "
                         "remount it", disk->what);
    } else if (!st.f_bavail || (st.f_files && !st.f_favail)) {
        return xasprintf("its file system has no %s left, so %s cannot be "
                         "written: delete something",
                         st.f_bavail ? "inode" : "space", disk->what);
    }
    return NULL;
}

void
disks_run(struct disks *disks, long long int now)
{
    struct disk *disk;

    if (now < disks->next) {
        return;
    }
    disks->next = tick_next(now, INTERVAL);
    LIST_FOR_EACH (disk, node, &disks->all) {
        nullable_string_replace(&disk->problem, check(disk));
    }
}

void
disks_wait(const struct disks *disks)
{
    poll_timer_wait_until(disks->next);
}

void
disks_for_each_problem(const struct disks *disks, rows_problem_cb *cb,
                       void *aux)
{
    const struct disk *disk;

    LIST_FOR_EACH (disk, node, &disks->all) {
        if (disk->problem && !is_repeated(disks, disk)) {
            char *object = xasprintf("disk %s", disk->path);

            cb(object, disk->problem, aux);
            free(object);
        }
    }
}
