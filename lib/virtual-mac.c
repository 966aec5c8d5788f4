/* 40 bits of a hash.  Two of a thousand names have the same MAC with a
 * probability of one in two millions. */

#include <config.h>

#include "lib/virtual-mac.h"

#include <string.h>

#include "sha1.h"
#include "util.h"

struct eth_addr
virtual_mac(const char *kind, const char *name)
{
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx ctx;
    struct eth_addr mac;

    sha1_init(&ctx);
    sha1_update(&ctx, kind, strlen(kind) + 1);
    sha1_update(&ctx, name, strlen(name));
    sha1_final(&ctx, digest);
    mac.ea[0] = 0x02;
    memcpy(&mac.ea[1], digest, sizeof mac.ea - 1);
    return mac;
}
