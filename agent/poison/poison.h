/* Poisoned datapath flows: finds them, heals them and raises alarms.
 *
 * One packet with an unknown critical option, or with a known option of a
 * wrong length, makes Open vSwitch install a datapath flow that drops later
 * packets of its sender and VNI, good ones included, for as long as they keep
 * coming.  `revalidator/purge' is the cure.
 *
 * Once a second at most, and only while there is a tunnel port, the agent
 * reads the switch's counter of such packets and the end of its log: with the
 * kernel's datapath, such packets move no counter.  How often the agent purges
 * is decided in poison-policy.h. */
#ifndef GA_POISON_H
#define GA_POISON_H 1

struct agent;
struct json;
struct poison;

/* 'rundir' and 'logdir' are the directories with ovs-vswitchd's control socket
 * and log. */
struct poison *poison_create(const char *rundir, const char *logdir);
void poison_destroy(struct poison *);

void poison_run(struct agent *);
void poison_wait(struct poison *);

/* {"state": "idle" (there is no tunnel port), "watching", "healing",
 *  "unreachable" or "waiting" (ovs-vswitchd does not answer); "log": path or
 *  null; "badPackets", "purges", "suppressedPurges"; "lastSeen": RFC 3339 or
 *  null; "senders": [{"address", "nve": name or null, "vni", "lastSeen",
 *  "purges"}], the last one first} */
struct json *poison_status_json(const struct poison *);

#endif /* agent/poison/poison.h */
