/* Geneve headers, from anybody who can reach the port. */

#include <config.h>

#include "lib/geneve.h"

#include <stdlib.h>
#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "tests/fuzz/fuzz.h"
#include "util.h"

static void
check_inside(const struct geneve_header *hdr, const uint8_t *data, size_t n)
{
    ovs_assert(hdr->n_options <= GENEVE_MAX_OPTIONS);
    for (size_t i = 0; i < hdr->n_options; i++) {
        const struct geneve_opt *opt = &hdr->options[i];

        ovs_assert(opt->data >= data && opt->data + opt->length <= data + n);
    }
}

/* What is composed is parsed as the same. */
static void
check_compose(const struct geneve_header *hdr)
{
    uint8_t bytes[8 + 63 * 4];
    struct geneve_header again;
    size_t n = geneve_compose(hdr, bytes, sizeof bytes);

    if (n) {
        ovs_assert(geneve_parse(bytes, n, &again) == GENEVE_FINE);
        ovs_assert(again.vni == hdr->vni && again.proto == hdr->proto
                   && again.n_options == hdr->n_options);
        for (size_t i = 0; i < hdr->n_options; i++) {
            const struct geneve_opt *a = &hdr->options[i];
            const struct geneve_opt *b = &again.options[i];

            ovs_assert(a->length == b->length
                       && !memcmp(a->data, b->data, a->length));
        }
    }
}

static void
check_receive(const uint8_t *data, size_t n, bool parses_options,
              int max_option_bytes)
{
    struct recv_entry entries[] = {
        { { 0xff01, 0x01 }, 4, 4, true },
        { { 0xff01, 0x82 }, 0, 124, false },
    };
    struct recv_table table = RECV_TABLE_INITIALIZER;
    struct geneve_policy policy = { &table, max_option_bytes,
                                    parses_options };
    struct geneve_verdict verdict;
    struct geneve_header hdr;

    table.entries = entries;
    table.n_entries = ARRAY_SIZE(entries);
    geneve_receive(data, n, &policy, &hdr, &verdict);
    check_inside(&hdr, data, n);
    ovs_assert((verdict.action == GENEVE_DROP)
               == (verdict.fault != GENEVE_FINE));
    ovs_assert(verdict.n_accepted <= hdr.n_options);
    for (size_t i = 0; i < verdict.n_accepted; i++) {
        ovs_assert(verdict.accepted[i] >= hdr.options
                   && verdict.accepted[i] < hdr.options + hdr.n_options);
    }
}

void
fuzz_one(const uint8_t *data, size_t n)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    struct geneve_header hdr;
    uint8_t *bytes;
    size_t n_bytes;
    char *text;

    if (geneve_parse(data, n, &hdr) == GENEVE_FINE) {
        check_compose(&hdr);
    }
    check_inside(&hdr, data, n);
    geneve_header_to_ds(&hdr, &s);
    ds_destroy(&s);
    json_destroy(geneve_header_to_json(&hdr));

    check_receive(data, n, true, NEG_NO_LIMIT);
    check_receive(data, n, true, 16);
    check_receive(data, n, false, NEG_NO_LIMIT);

    text = fuzz_to_string(data, n);
    if (geneve_bytes_from_hex(text, &bytes, &n_bytes)) {
        ovs_assert(n_bytes <= n / 2);
        free(bytes);
    }
    free(text);
}
