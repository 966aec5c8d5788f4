/* The allocator of policy labels.
 *
 * A number that is known is a 'struct label', in 'numbers', and in 'sets' if
 * it is or was a set's.  It is in one of these states:
 *
 * BUSY: a set has it, it is reserved, or an endpoint shows it.  To HELD when
 * none of that is true any more.
 *
 * HELD: it means nothing, or to some receiver still its last set.  To BUSY
 * when the set comes back, or somebody reserves or shows the number.  After
 * POLICY_LABEL_HOLD_MS it is forgotten, that is, free.
 *
 * Numbers that are not known are free.  The lowest is given first, so that
 * numbers stay small.  Those below 'next' that became free are in the heap
 * 'free'; one that has become known since is dropped when it is taken out.
 * 'next' and everything above is free unless known.  policy_labels_start()
 * puts 'next' above what was given before; when the hold is over, 'next'
 * begins at 1 again and skips what is known, so the numbers in between need no
 * entries. */

#include <config.h>

#include "lib/policy-label.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "heap.h"
#include "openvswitch/hmap.h"
#include "openvswitch/list.h"
#include "openvswitch/shash.h"
#include "util.h"

struct label {
    struct hmap_node node;          /* In 'numbers'. */
    struct ovs_list held_node;      /* In 'held', or empty. */
    uint32_t number;
    char *set;                      /* Whose it is or was, or NULL. */
    bool given;                     /* 'set' has it. */
    unsigned int n_reserved;
    unsigned int n_shown;
    long long int held_since;       /* If in 'held'. */
};

struct free_number {
    struct heap_node node;
    uint32_t number;
};

struct policy_labels {
    struct hmap numbers;            /* Contains "struct label"s. */
    struct shash sets;              /* Set -> struct label. */
    struct ovs_list held;           /* Of labels, held the longest first. */
    struct heap free;               /* Of free_numbers, the lowest first. */
    uint64_t next;
    long long int start_until;      /* 'next' goes back to 1 then. */
};

struct policy_labels *
policy_labels_create(void)
{
    struct policy_labels *pl = xzalloc(sizeof *pl);

    hmap_init(&pl->numbers);
    shash_init(&pl->sets);
    ovs_list_init(&pl->held);
    heap_init(&pl->free);
    pl->next = 1;
    pl->start_until = LLONG_MAX;
    return pl;
}

static struct label *
label_find(const struct policy_labels *pl, uint32_t number)
{
    struct label *label;

    HMAP_FOR_EACH_WITH_HASH (label, node, hash_int(number, 0),
                             &pl->numbers) {
        if (label->number == number) {
            return label;
        }
    }
    return NULL;
}

static struct label *
label_get(struct policy_labels *pl, uint32_t number)
{
    struct label *label = label_find(pl, number);

    if (!label) {
        label = xzalloc(sizeof *label);
        label->number = number;
        ovs_list_init(&label->held_node);
        hmap_insert(&pl->numbers, &label->node, hash_int(number, 0));
    }
    return label;
}

static void
label_set_set(struct policy_labels *pl, struct label *label, const char *set)
{
    if (label->set) {
        shash_find_and_delete(&pl->sets, label->set);
        free(label->set);
    }
    label->set = nullable_xstrdup(set);
    if (set) {
        shash_add_assert(&pl->sets, set, label);
    }
}

static void
label_destroy(struct policy_labels *pl, struct label *label)
{
    label_set_set(pl, label, NULL);
    hmap_remove(&pl->numbers, &label->node);
    ovs_list_remove(&label->held_node);
    free(label);
}

/* Brings 'label' into the state that follows from its members. */
static void
label_update(struct policy_labels *pl, struct label *label,
             long long int now)
{
    bool busy = label->given || label->n_reserved || label->n_shown;
    bool held = !ovs_list_is_empty(&label->held_node);

    if (busy && held) {
        ovs_list_remove(&label->held_node);
        ovs_list_init(&label->held_node);
    } else if (!busy && !held) {
        label->held_since = now;
        ovs_list_push_back(&pl->held, &label->held_node);
    }
}

void
policy_labels_destroy(struct policy_labels *pl)
{
    struct label *label;

    if (!pl) {
        return;
    }
    HMAP_FOR_EACH_SAFE (label, node, &pl->numbers) {
        label_destroy(pl, label);
    }
    while (!heap_is_empty(&pl->free)) {
        free(CONTAINER_OF(heap_pop(&pl->free), struct free_number, node));
    }
    heap_destroy(&pl->free);
    hmap_destroy(&pl->numbers);
    shash_destroy(&pl->sets);
    free(pl);
}

/* Makes free what has been held for long enough. */
static void
expire(struct policy_labels *pl, long long int now)
{
    struct label *label;

    LIST_FOR_EACH_SAFE (label, held_node, &pl->held) {
        if (now < label->held_since + POLICY_LABEL_HOLD_MS) {
            break;
        }
        if (label->number && label->number < pl->next) {
            struct free_number *f = xmalloc(sizeof *f);

            f->number = label->number;
            heap_insert(&pl->free, &f->node, UINT32_MAX - f->number);
        }
        label_destroy(pl, label);
    }
    if (now >= pl->start_until) {
        pl->start_until = LLONG_MAX;
        pl->next = 1;
    }
}

/* The lowest free number; 0 if there is none. */
static uint32_t
allocate(struct policy_labels *pl)
{
    while (!heap_is_empty(&pl->free)) {
        struct free_number *f = CONTAINER_OF(heap_max(&pl->free),
                                             struct free_number, node);
        uint32_t number = f->number;

        heap_remove(&pl->free, &f->node); /* heap_pop() takes any node. */
        free(f);
        if (!label_find(pl, number)) {
            return number;
        }
    }
    for (; pl->next <= UINT32_MAX; pl->next++) {
        if (!label_find(pl, pl->next)) {
            return pl->next++;
        }
    }
    return 0;
}

void
policy_labels_start(struct policy_labels *pl, uint32_t limit,
                    long long int now)
{
    pl->next = (uint64_t) limit + 1;
    pl->start_until = now + POLICY_LABEL_HOLD_MS;
}

bool
policy_labels_learn(struct policy_labels *pl, const char *set,
                    uint32_t number, long long int now)
{
    struct label *label = label_find(pl, number);
    struct label *other = shash_find_data(&pl->sets, set);

    if (other) {
        return other == label;
    }
    if (!number || (label && (label->set || label->n_reserved))) {
        return false;
    }
    label = label_get(pl, number);
    label_set_set(pl, label, set);
    label_update(pl, label, now);
    return true;
}

uint32_t
policy_labels_get(struct policy_labels *pl, const char *set,
                  long long int now)
{
    struct label *label;

    expire(pl, now);
    label = shash_find_data(&pl->sets, set);
    if (!label) {
        uint32_t number = allocate(pl);

        if (!number) {
            return 0;
        }
        label = label_get(pl, number);
        label_set_set(pl, label, set);
    }
    label->given = true;
    label_update(pl, label, now);
    return label->number;
}

void
policy_labels_release(struct policy_labels *pl, const char *set,
                      long long int now)
{
    struct label *label = shash_find_data(&pl->sets, set);

    if (label) {
        label->given = false;
        label_update(pl, label, now);
    }
}

char *
policy_labels_reserve(struct policy_labels *pl, uint32_t number,
                      long long int now)
{
    struct label *label = label_get(pl, number);
    char *loser = NULL;

    if (label->given) {
        loser = xstrdup(label->set);
        label->given = false;
    }
    label_set_set(pl, label, NULL);
    label->n_reserved++;
    label_update(pl, label, now);
    return loser;
}

void
policy_labels_unreserve(struct policy_labels *pl, uint32_t number,
                        long long int now)
{
    struct label *label = label_find(pl, number);

    ovs_assert(label && label->n_reserved);
    label->n_reserved--;
    label_update(pl, label, now);
}

void
policy_labels_show(struct policy_labels *pl, uint32_t number,
                   long long int now)
{
    struct label *label = label_get(pl, number);

    label->n_shown++;
    label_update(pl, label, now);
}

void
policy_labels_unshow(struct policy_labels *pl, uint32_t number,
                     long long int now)
{
    struct label *label = label_find(pl, number);

    ovs_assert(label && label->n_shown);
    label->n_shown--;
    label_update(pl, label, now);
}
