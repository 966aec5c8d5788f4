/* How many copies of one packet a switch can make. */
#ifndef GA_REPLICAS_H
#define GA_REPLICAS_H 1

#include <stddef.h>

/* How many remotes can get a copy of a packet that also goes to 'n_local'
 * endpoints here, if each copy may have 'option_bytes' (0 to 252) bytes of
 * options.  Those are the profile's: RFC 8926, section 4.4.1, wants the
 * maximum assumed. */
size_t replicas_max(size_t n_local, unsigned int option_bytes);

#endif /* lib/replicas.h */
