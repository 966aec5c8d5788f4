/* What geneve-tap makes of NVE objects, from whoever says to be the
 * controller: the input is an object or an array of them. */

#include <config.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "util.h"
#include "utilities/geneve-tap/tap-peers.h"
#include "utilities/geneve-tap/tap.h"

static struct tap_option options[] = {
    { .key = { 0xff01, 0x81 }, .length = 4, .required = true },
    { .key = { 0xff01, 0x02 }, .length = 8, .priority = 5 },
    { .key = { 0xff01, 0x03 }, .length = 124 },
    { .key = { 0xff01, 0x04 }, .length = 104 },
};
static struct tap_remote_config remote_config = { .address = (char *) "r" };
static struct tap_remote remotes[2];
static struct tap tap = {
    .config = { .options = { options, ARRAY_SIZE(options) } },
    .remotes = remotes,
    .n_remotes = 2,
};

void
fuzz_init(void)
{
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in *sin = (void *) &remotes[i].address;

        remotes[i].config = &remote_config;
        sin->sin_family = AF_INET;
        sin->sin_addr.s_addr = htonl(0xc0000201 + i);   /* 192.0.2.1. */
    }
}

/* No option twice, none that is not ours, and not too many bytes; without a
 * required one, nothing. */
static void
check(const struct tap_choice *choice)
{
    unsigned int bytes = 0;
    uint64_t seen = 0;

    for (size_t i = 0; i < choice->n; i++) {
        size_t j = choice->options[i];

        ovs_assert(j < ARRAY_SIZE(options) && !((seen >> j) & 1));
        seen |= UINT64_C(1) << j;
        bytes += opt_wire_bytes(options[j].length);
    }
    ovs_assert(bytes <= GENEVE_MAX_OPT_BYTES);
    ovs_assert(choice->blocked ? !choice->n : seen & 1);
}

static void
choose(struct tap_peers *peers)
{
    struct tap_choice choice;

    for (size_t i = 0; i < tap.n_remotes; i++) {
        if (tap_peers_choose(peers, i, &choice)) {
            check(&choice);
        }
        ovs_assert(!tap_peers_choose(peers, i, &choice));
    }
    for (size_t i = 0; i < peers->n; i++) {
        tap_peers_get_awaited(&peers->peers[i]);
    }
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    json_t *json = json_loadb((const char *) data, n, 0, NULL), *object;
    struct tap_peers peers;
    size_t i;

    tap_peers_init(&peers, &tap);
    choose(&peers);
    tap_peers_start_list(&peers);
    if (json_is_array(json)) {
        json_array_foreach (json, i, object) {
            tap_peers_update(&peers, object);
            choose(&peers);
        }
    } else if (json) {
        tap_peers_update(&peers, json);
        choose(&peers);
    }
    tap_peers_start_list(&peers);
    tap_peers_end_list(&peers, 1);
    tap_peers_expire(&peers, 5);
    choose(&peers);
    tap_peers_expire(&peers, 11);
    ovs_assert(!peers.n);
    choose(&peers);
    tap_peers_destroy(&peers);
    json_decref(json);
}
