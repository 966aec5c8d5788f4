/* A directory for the files of one run of a test, Open vSwitch's run and log
 * directory in it. */
#ifndef GA_TESTS_SCRATCH_DIR_H
#define GA_TESTS_SCRATCH_DIR_H 1

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "util.h"

/* 'dir' is a template for mkdtemp(), "/tmp/foo-XXXXXX". */
static inline void
scratch_dir_create(char *dir)
{
    ovs_assert(mkdtemp(dir));
    setenv("OVS_RUNDIR", dir, 1);
    setenv("OVS_LOGDIR", dir, 1);
}

static inline int
scratch_dir_remove_cb(const char *path, const struct stat *s OVS_UNUSED,
                      int type OVS_UNUSED, struct FTW *ftw OVS_UNUSED)
{
    return remove(path);
}

static inline void
scratch_dir_remove(const char *dir)
{
    nftw(dir, scratch_dir_remove_cb, 8, FTW_DEPTH | FTW_PHYS);
}

#endif /* tests/unit/scratch-dir.h */
