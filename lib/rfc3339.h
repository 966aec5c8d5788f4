/* Times as text. */
#ifndef GA_RFC3339_H
#define GA_RFC3339_H 1

/* A time of the wall clock, in ms, as RFC 3339 has it: in UTC, to the second,
 * "2026-11-30T06:20:00Z".  The caller frees it. */
char *rfc3339_from_msec(long long int msec);

#endif /* lib/rfc3339.h */
