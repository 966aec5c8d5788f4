/* Whether our NVE's name is ours, or another node has it, too.
 *
 * Who writes the status of an NVE says in status.instance which node it is,
 * whatever its name.  One that finds another instance there asks, in
 * status.contender, whether that one is still alive: it may be this node as it
 * was before it was booted, or a node that is gone.  A live one answers in
 * status.contenderSeen, and both nodes tell people.  Nobody writes anything
 * as long as nothing happens.  Pure.  States:
 *
 *   unknown  The object has not been looked at.  To OURS if no other instance
 *            is there, else to ASKING.
 *   ours     We write.  To ASKING when another instance stands where ours
 *            stood.
 *   asking   Another instance is there, and we have asked it.  To HELD when it
 *            answers.  To OURS when it does not for NAME_ANSWER_TIME after the
 *            question was seen, or when no instance is there any more.
 *   held     We hold still: the name is another node's.  To ASKING after
 *            NAME_RETRY_TIME.  To OURS when no instance is there any more. */
#ifndef GA_NAME_DISPUTE_H
#define GA_NAME_DISPUTE_H 1

#include <stdbool.h>

/* In ms. */
#define NAME_ANSWER_TIME (10 * 1000)
#define NAME_RETRY_TIME (60 * 1000)
#define NAME_RIVAL_TIME (3 * NAME_RETRY_TIME)

enum name_state {
    NAME_UNKNOWN,
    NAME_OURS,
    NAME_ASKING,
    NAME_HELD,
};

struct name_dispute {
    char *instance;                 /* Ours. */
    enum name_state state;
    bool seen;                      /* In NAME_OURS: our instance was there. */
    bool refused;                   /* Somebody has answered us. */
    int n_questions;
    char *question;                 /* In NAME_ASKING: status.contender, that
                                     * is to be written. */
    long long int until;            /* Of this state; 0: not by time. */

    char *rival;                    /* status.contender of another node that
                                     * asks us, or NULL. */
    long long int rival_until;      /* When it counts as gone... */
    bool rival_gone;                /* ...which is now. */
};

/* What status says; each may be NULL.  All are, if there is no object. */
struct name_status {
    const char *instance;
    const char *contender;
    const char *contender_seen;
};

/* Takes 'instance'. */
void name_dispute_init(struct name_dispute *, char *instance);
void name_dispute_destroy(struct name_dispute *);

/* Brings 'd' up to date with what the object's status says. */
void name_dispute_update(struct name_dispute *, const struct name_status *,
                         long long int now);

/* When it has to be brought up to date though nothing changed; LLONG_MAX:
 * never. */
long long int name_dispute_get_deadline(const struct name_dispute *);

#endif /* agent/publish/name-dispute.h */
