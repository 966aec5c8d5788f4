/* Runs a command and prints, as a line of JSON on file descriptor 3, what it
 * took: wall clock and processor seconds, and its peak memory in kB.
 *
 * A program of its own because Linux counts what a process had before its
 * exec() to its peak: behind a test in Python everything would seem to take
 * 20 MB. */

#include <config.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static double
seconds(struct timeval tv)
{
    return tv.tv_sec + tv.tv_usec / 1e6;
}

int
main(int argc, char *argv[])
{
    double start = now();
    struct rusage ru;
    pid_t pid;
    int status;

    if (argc < 2) {
        fprintf(stderr, "usage: %s COMMAND... 3>RESULT\n", argv[0]);
        return 2;
    }
    pid = fork();
    if (pid < 0) {
        perror("fork");
        return 1;
    }
    if (!pid) {
        close(3);
        execvp(argv[1], argv + 1);
        fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
        _exit(127);
    }
    if (wait4(pid, &status, 0, &ru) != pid) {
        perror("wait4");
        return 1;
    }
    dprintf(3, "{\"wall\": %.6f, \"cpu\": %.6f, \"rss\": %ld}\n",
            now() - start, seconds(ru.ru_utime) + seconds(ru.ru_stime),
            ru.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
