/* What ofctrl does with messages from the switch.  Only for ofctrl.c. */
#ifndef GA_OFCTRL_HANDLE_H
#define GA_OFCTRL_HANDLE_H 1

struct ofctrl;
struct ofp_header;

/* Not to be called in DISCONNECTED.  A message that does not belong to the
 * present state is ignored: an answer that comes late, or that nobody asked
 * for, does nothing. */
void ofctrl_handle_message(struct ofctrl *, const struct ofp_header *);

#endif /* agent/switch/ofctrl-handle.h */
