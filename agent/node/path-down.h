/* Keeps gateways' traffic away from a node that starts, until its agent is
 * there.
 *
 * BFD is configured in the database, so ovs-vswitchd runs it from its start
 * on, whether it has flows or not.  An agent says so at once
 * (local_say_path_down()), but comes later, and perhaps not at all. */
#ifndef GA_PATH_DOWN_H
#define GA_PATH_DOWN_H 1

/* Writes into the local database at 'ovsdb_remote', as in
 * "unix:/run/openvswitch/db.sock", that nothing goes on from here, for all
 * tunnel ports on which the agent has BFD run.  An agent takes that back once
 * the switch has its flows.  ovs-vswitchd need not run.
 *
 * Blocks until that is done, but for a few seconds at most.  Returns NULL, or
 * a message for the caller to free. */
char *path_down_write(const char *ovsdb_remote);

#endif /* agent/node/path-down.h */
