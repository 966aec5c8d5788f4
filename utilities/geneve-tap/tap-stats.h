/* Counters, and the socket at which they can be asked for. */
#ifndef GA_TAP_STATS_H
#define GA_TAP_STATS_H 1

struct tap;

/* Listens at 'path'.  Returns the socket, or -1 with errno set. */
int tap_stats_listen(const char *path);

/* Answers who has connected. */
void tap_stats_answer(const struct tap *, int listener);

/* Prints what the program that listens at 'path' answers.  Returns 0, or an
 * errno. */
int tap_stats_print(const char *path);

#endif /* utilities/geneve-tap/tap-stats.h */
