/* The engine that invents nothing: calls the target with each file in its
 * folder of corpus/, or with the files on the command line.  Prints TAP. */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

static void
replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct ds s = DS_EMPTY_INITIALIZER;
    uint8_t *data;
    char buf[4096];
    size_t n;

    if (!file) {
        ovs_fatal(errno, "%s", path);
    }
    while ((n = fread(buf, 1, sizeof buf, file)) > 0) {
        ds_put_buffer(&s, buf, n);
    }
    fclose(file);

    /* Exactly as long as the input, so that sanitizers see reads past it. */
    n = s.length;
    data = xmemdup(n ? s.string : "", MAX(n, 1));
    ds_destroy(&s);
    printf("# %s, %"PRIuSIZE" bytes\n", path, n);
    fflush(stdout);
    fuzz_one(data, n);
    free(data);
}

static int
is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Returns the number of files. */
static int
replay_folder(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, is_input, alphasort);

    if (n < 0) {
        ovs_fatal(errno, "%s", path);
    }
    for (int i = 0; i < n; i++) {
        char *file = xasprintf("%s/%s", path, entries[i]->d_name);

        replay_file(file);
        free(file);
        free(entries[i]);
    }
    free(entries);
    return n;
}

int
main(int argc, char *argv[])
{
    const char *srcdir = getenv("GA_SRCDIR");
    const char *slash = strrchr(argv[0], '/');
    int n = argc - 1;

    set_program_name(argv[0]);
    fuzz_init();
    puts("1..1");
    if (n) {
        for (int i = 1; i < argc; i++) {
            replay_file(argv[i]);
        }
    } else {
        char *folder = xasprintf("%s/tests/fuzz/corpus/%s",
                                 srcdir ? srcdir : ".",
                                 slash ? slash + 1 : argv[0]);

        n = replay_folder(folder);
        free(folder);
    }
    printf("%s 1 - %d inputs\n", n ? "ok" : "not ok", n);
    return !n;
}
