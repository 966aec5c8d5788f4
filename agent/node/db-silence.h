/* Whether the database answers.  Pure. */
#ifndef GA_DB_SILENCE_H
#define GA_DB_SILENCE_H 1

#include <stdbool.h>

struct db_silence {
    long long int since;            /* Since when it does not: ms, or 0. */
    unsigned int seqno;             /* When it was heard of last. */
};

/* To be called in each turn, with whether there is a connection, the number of
 * changes that were heard of, and the time in ms, which is positive.  A server
 * that hangs accepts connections, too: after one was lost, it answers when
 * something was heard. */
void db_silence_update(struct db_silence *, bool is_connected,
                       unsigned int seqno, long long int now);

/* When the silence is long enough to be told: ms; LLONG_MAX if there is
 * none. */
long long int db_silence_told_at(const struct db_silence *);

#endif /* agent/node/db-silence.h */
