/* What an operator should know of a remote NVE. */
#ifndef GA_REMOTE_ALARMS_H
#define GA_REMOTE_ALARMS_H 1

struct agent;
struct m_nve;

/* Raises and clears the alarms about a remote: what is wrong with its receive
 * table or address, which options it does not get, that it is blocked. */
void remote_alarms_update(struct agent *, const struct m_nve *);

/* The same for every NVE that changed in this turn. */
void remote_alarms_run(struct agent *);

#endif /* agent/remotes/remote-alarms.h */
