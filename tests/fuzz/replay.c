/* The engine that invents nothing: calls the target with each file in its
 * folder of corpus/, or with the files on the command line.  Prints TAP.
 *
 * Without Open vSwitch's library, because there are targets without it. */

#include <config.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static _Noreturn void
die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static void
replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    long int n = -1;
    uint8_t *data;

    if (!file || fseek(file, 0, SEEK_END) || (n = ftell(file)) < 0) {
        die(path);
    }
    rewind(file);

    /* Exactly as long as the input, so that sanitizers see reads past it. */
    data = malloc(n ? n : 1);
    if (!data || fread(data, 1, n, file) != (size_t) n) {
        die(path);
    }
    fclose(file);
    printf("# %s, %ld bytes\n", path, n);
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
        die(path);
    }
    for (int i = 0; i < n; i++) {
        char file[4096];

        if (snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name)
            >= (int) sizeof file) {
            errno = ENAMETOOLONG;
            die(path);
        }
        replay_file(file);
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

    fuzz_init();
    puts("1..1");
    if (n) {
        for (int i = 1; i < argc; i++) {
            replay_file(argv[i]);
        }
    } else {
        char folder[4096];

        snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s",
                 srcdir ? srcdir : ".", slash ? slash + 1 : argv[0]);
        n = replay_folder(folder);
    }
    printf("%s 1 - %d inputs\n", n ? "ok" : "not ok", n);
    return !n;
}
