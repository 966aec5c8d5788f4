/* Which node this is, whatever name it has been given. */
#ifndef GA_INSTANCE_H
#define GA_INSTANCE_H 1

struct uuid;

/* Returns, for the caller to free, a UUID that stays the same while this node
 * runs, and that no other node has at the same time.  'row' is that of the
 * database's Open_vSwitch row.
 *
 * It depends on that row and on the kernel's boot: hosts that were made of one
 * image may have the same database, and containers of a host have the same
 * boot. */
char *instance_create(const struct uuid *row);

#endif /* agent/node/instance.h */
