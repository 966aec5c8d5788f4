/* `gateway list'. */
#ifndef GA_SHOW_GATEWAY_H
#define GA_SHOW_GATEWAY_H 1

struct unixctl_conn;

/* Answers with [{"name", "vpc", "externalNetwork", "valid", "message": why it
 * is not used here, or null, "here": this node's part ("active", "standby",
 * "joining", ..., or "source"), "nodes": as in the object's status, "snat":
 * [{"cidr", "address"}], "mac", "zone", "exhausted", "dropped": packets that
 * could not be translated, "sendsAs": the endpoint type of packets that come
 * in by it}]. */
void show_gateway_list(struct unixctl_conn *, int argc, const char *argv[],
                       void *agent);

#endif /* agent/show/show-gateway.h */
