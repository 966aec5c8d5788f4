/* The NVEs that are remotes.
 *
 * An NVE is a remote by its address.  If several objects name that, agents and
 * geneve-tap choose the same one (agent/model/claims.h): the one whose status
 * says that it uses the address, else the oldest.  A remote of which the
 * controller knows nothing gets no options, like any legacy NVE. */

#include <config.h>

#include "utilities/geneve-tap/tap-peers.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-negotiate.h"
#include "utilities/geneve-tap/tap-remote.h"
#include "utilities/geneve-tap/tap-table.h"

#define HOLD 10                     /* Seconds. */

void
tap_peers_init(struct tap_peers *peers, const struct tap *tap)
{
    *peers = (struct tap_peers) {
        .tap = tap,
        .texts = tap_alloc(tap->n_remotes, sizeof *peers->texts),
    };
}

static void
remove_at(struct tap_peers *peers, size_t i)
{
    struct tap_peer *peer = &peers->peers[i];

    free(peer->name);
    json_decref(peer->object);
    json_decref(peer->last_good);
    *peer = peers->peers[--peers->n];
}

void
tap_peers_destroy(struct tap_peers *peers)
{
    while (peers->n) {
        remove_at(peers, 0);
    }
    for (size_t i = 0; i < peers->tap->n_remotes; i++) {
        free(peers->texts[i]);
    }
    free(peers->peers);
    free(peers->texts);
}

/* Members. */

static const json_t *
get(const json_t *json, const char *section, const char *name)
{
    return json_object_get(json_object_get(json, section), name);
}

static const char *
get_string(const json_t *json, const char *section, const char *name)
{
    const char *s = json_string_value(get(json, section, name));

    return s ? s : "";
}

static bool
is_table(const json_t *json)
{
    return json && !json_is_null(json);
}

static bool
is_for_geneve(const json_t *table)
{
    return tap_table_get_encapsulation(table) == encapsulation_default();
}

/* The table that an NVE advertises for Geneve, or NULL. */
static const json_t *
find_table(const json_t *object)
{
    const json_t *table = get(object, "status", "receive");
    size_t i;

    if (is_table(table) && is_for_geneve(table)) {
        return table;
    }
    json_array_foreach (get(object, "status", "alsoReceives"), i, table) {
        if (is_for_geneve(table)) {
            return table;
        }
    }
    return NULL;
}

/* Whether "SECTION.underlay.ips" has the address of a remote. */
static bool
has_address(const json_t *object, const char *section,
            const struct tap_remote *r)
{
    const json_t *ips = json_object_get(get(object, section, "underlay"),
                                        "ips");
    const json_t *json;
    size_t i;

    json_array_foreach (ips, i, json) {
        struct sockaddr_storage address = { .ss_family = AF_INET };
        const char *s = json_string_value(json);

        if (s && strchr(s, ':')) {
            address.ss_family = AF_INET6;
        }
        if (s && inet_pton(address.ss_family, s,
                           address.ss_family == AF_INET
                           ? (void *) &((struct sockaddr_in *) &address)
                                         ->sin_addr
                           : &((struct sockaddr_in6 *) &address)->sin6_addr)
                 == 1
            && tap_remote_has_address(r, &address)) {
            return true;
        }
    }
    return false;
}

static bool
is_of_use(const struct tap_peers *peers, const json_t *object)
{
    for (size_t i = 0; i < peers->tap->n_remotes; i++) {
        if (has_address(object, "spec", &peers->tap->remotes[i])) {
            return true;
        }
    }
    return false;
}

/* Objects that come and go. */

static struct tap_peer *
find(struct tap_peers *peers, const char *name)
{
    for (size_t i = 0; i < peers->n; i++) {
        if (!strcmp(peers->peers[i].name, name)) {
            return &peers->peers[i];
        }
    }
    return NULL;
}

static struct tap_peer *
add(struct tap_peers *peers, const char *name)
{
    struct tap_peer *peer;

    peers->peers = tap_alloc_more(peers->peers, peers->n,
                                  sizeof *peers->peers);
    peer = &peers->peers[peers->n++];
    *peer = (struct tap_peer) { .name = tap_alloc_string(name) };
    return peer;
}

/* Keeps the advertisement of before, for the case that the next is
 * malformed.  A withdrawal clears that. */
static void
remember_good(struct tap_peer *peer, const json_t *object)
{
    const json_t *next = find_table(object);
    json_t *old = (json_t *) find_table(peer->object);

    if (!next) {
        json_decref(peer->last_good);
        peer->last_good = NULL;
    } else if (tap_negotiate_is_good(old)) {
        json_decref(peer->last_good);
        peer->last_good = json_incref(old);
    }
}

void
tap_peers_update(struct tap_peers *peers, json_t *object)
{
    const char *name = get_string(object, "metadata", "name");
    struct tap_peer *peer = find(peers, name);

    if (!is_of_use(peers, object)) {
        if (peer) {
            remove_at(peers, peer - peers->peers);
        }
        return;
    }
    if (!peer) {
        peer = add(peers, name);
    }
    /* One that was made anew has its status in a moment. */
    if (peer->gone_since && !json_object_get(object, "status")
        && !get(object, "spec", "static")) {
        return;
    }
    remember_good(peer, object);
    json_decref(peer->object);
    peer->object = json_incref(object);
    peer->gone_since = 0;
    peer->listed = true;
}

static void
set_gone(struct tap_peer *peer, int64_t now)
{
    if (!peer->gone_since) {
        peer->gone_since = now;
    }
}

void
tap_peers_remove(struct tap_peers *peers, const char *name, int64_t now)
{
    struct tap_peer *peer = find(peers, name);

    if (peer) {
        set_gone(peer, now);
    }
}

void
tap_peers_start_list(struct tap_peers *peers)
{
    for (size_t i = 0; i < peers->n; i++) {
        peers->peers[i].listed = false;
    }
}

void
tap_peers_end_list(struct tap_peers *peers, int64_t now)
{
    for (size_t i = 0; i < peers->n; i++) {
        if (!peers->peers[i].listed) {
            set_gone(&peers->peers[i], now);
        }
    }
}

void
tap_peers_expire(struct tap_peers *peers, int64_t now)
{
    for (size_t i = peers->n; i-- > 0; ) {
        if (peers->peers[i].gone_since
            && now - peers->peers[i].gone_since >= HOLD) {
            remove_at(peers, i);
        }
    }
}

/* Negotiation. */

/* Whether 'a' has the address of 'r' rather than 'b': see above. */
static bool
comes_before(const struct tap_peer *a, const struct tap_peer *b,
             const struct tap_remote *r)
{
    static const char *const members[] = { "creationTimestamp", "uid",
                                           "name" };
    bool a_uses = has_address(a->object, "status", r);

    if (a_uses != has_address(b->object, "status", r)) {
        return a_uses;
    }
    for (size_t i = 0; i < 3; i++) {
        const char *x = get_string(a->object, "metadata", members[i]);
        const char *y = get_string(b->object, "metadata", members[i]);
        int cmp = !*x != !*y ? !*x - !*y : strcmp(x, y);

        if (cmp) {
            return cmp < 0;
        }
    }
    return false;
}

static const struct tap_peer *
find_holder(const struct tap_peers *peers, const struct tap_remote *r)
{
    const struct tap_peer *best = NULL;

    for (size_t i = 0; i < peers->n; i++) {
        const struct tap_peer *peer = &peers->peers[i];

        if (has_address(peer->object, "spec", r)
            && (!best || comes_before(peer, best, r))) {
            best = peer;
        }
    }
    return best;
}

/* Whether a peer receives Geneve, by what it and its operator say. */
static bool
receives_geneve(const struct tap_peer *peer)
{
    const json_t *static_ = get(peer->object, "spec", "static");
    const char *mode = json_string_value(json_object_get(static_, "mode"));
    const json_t *receive = get(peer->object, "status", "receive");
    const json_t *also = get(peer->object, "status", "alsoReceives");

    mode = mode ? mode : "";
    bool advertises = is_table(receive) || json_array_size(also);
    if (!strcmp(mode, "replace")
        || (!strcmp(mode, "fallback") && !advertises)) {
        return is_for_geneve(static_);
    }
    return (!advertises
            || (find_table(peer->object)
                && (strcmp(mode, "restrict") || is_for_geneve(static_))));
}

static void
negotiate(const struct tap_peer *peer, const struct sender_table *sender,
          struct negotiation *n)
{
    struct tap_tables tables = { .transit = NEG_LIMITS_NONE };

    if (peer) {
        tables.advertisement = find_table(peer->object);
        tables.last_good = peer->last_good;
        tables.static_ = get(peer->object, "spec", "static");
        tap_table_read_limits(get(peer->object, "spec", "transit"),
                              &tables.transit);
    }
    tap_negotiate(sender, &tables, n);
    if (peer && !receives_geneve(peer)) {
        negotiation_block(n);
    }
}

static char *
explain(const struct tap_peer *peer, const struct negotiation *n)
{
    json_t *json = json_pack("{ss?}", "nve", peer ? peer->name : NULL);
    json_t *result = tap_negotiate_to_json(n);

    json_object_update(json, result);
    json_decref(result);
    if (peer && !receives_geneve(peer)) {
        json_object_set_new(json, "reason", json_string("encapsulation"));
    }
    char *text = tap_alloc_check(json_dumps(json, JSON_COMPACT));
    json_decref(json);
    return text;
}

static void
make_choice(const struct sender_table *sender, const struct negotiation *n,
            struct tap_choice *choice)
{
    choice->blocked = n->status == NEG_BLOCKED;
    for (size_t i = 0; i < n->n_options; i++) {
        for (size_t j = 0; j < sender->n_options; j++) {
            if (opt_key_equals(n->options[i].key, sender->options[j].key)) {
                choice->options[choice->n++] = j;
            }
        }
    }
}

const char *
tap_peers_choose(struct tap_peers *peers, size_t remote,
                 struct tap_choice *choice)
{
    const struct tap_remote *r = &peers->tap->remotes[remote];
    const struct tap_peer *peer = find_holder(peers, r);
    struct sender_table sender
        = tap_negotiate_sender(tap_remote_options(peers->tap, r));
    struct negotiation n;

    *choice = (struct tap_choice) { .remote = remote };
    negotiate(peer, &sender, &n);
    make_choice(&sender, &n, choice);
    char *text = explain(peer, &n);
    negotiation_destroy(&n);
    free(sender.options);

    char *last = peers->texts[remote];
    if (last && !strcmp(text, last)) {
        free(text);
        return NULL;
    }
    free(last);
    peers->texts[remote] = text;
    return text;
}

int64_t
tap_peers_get_awaited(const struct tap_peer *peer)
{
    const json_t *withdrawing = get(peer->object, "status", "withdrawing");
    const json_t *table = find_table(peer->object);

    if (!is_table(withdrawing) || peer->gone_since) {
        return 0;
    }
    return json_integer_value(json_object_get(
        tap_negotiate_is_good(table) ? table : peer->last_good, "id"));
}
