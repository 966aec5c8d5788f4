/* NVEs without a tree: what is taken, and that it is the same. */

#include <config.h>

#include "lib/nve-decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/controller/object-text.h"
#include "lib/json-scan.h"
#include "lib/json-util.h"
#include "lib/resource-nve.h"
#include "openvswitch/json.h"
#include "util.h"

#define TOP "{'apiVersion':'nvo3.io/v1alpha1','kind':'NVE',"
#define META "'metadata':{'name':'x','resourceVersion':'7'}"
#define SPEC ",'spec':{'underlay':{'ips':['192.0.2.1']}}}"
#define TABLE "{'mode':'replace','options':[{'class':'0xff01','length':" \
              "[4,8],'required':true,'type':'0x81'},{}],'order':'any'}"

/* The text, with ' for ". */
static char *
quote(const char *text)
{
    char *s = xstrdup(text);

    for (char *p = s; *p; p++) {
        if (*p == '\'') {
            *p = '"';
        }
    }
    return s;
}

/* NULL if it is not taken. */
static struct nve *
decode(const char *text, char **canonical)
{
    struct json_scan s = json_scan_start(text, strlen(text));
    struct nve *nve = nve_decode(&s, canonical);

    assert_true(!nve == s.odd);
    assert_false(s.canonical);
    if (nve) {
        assert_true(json_scan_at_end(&s));
    }
    return nve;
}

static void
assert_same_ips(const struct in6_addr *a, size_t n_a,
                const struct in6_addr *b, size_t n_b)
{
    assert_int_equal(n_a, n_b);
    assert_true(!n_a || !memcmp(a, b, n_a * sizeof *a));
}

static void
assert_same_metadata(const struct resource_meta *a,
                     const struct resource_meta *b)
{
    assert_true(resource_meta_equals(a, b));
    assert_string_equal(a->resource_version, b->resource_version);
}

static void
assert_same(const struct nve *a, const struct nve *b)
{
    assert_same_metadata(&a->meta, &b->meta);
    assert_int_equal(a->has_id, b->has_id);
    assert_int_equal(a->id, b->id);
    assert_same_ips(a->underlay_ips, a->n_underlay_ips, b->underlay_ips,
                    b->n_underlay_ips);
    assert_int_equal(a->udp_port, b->udp_port);
    assert_int_equal(a->underlay_mtu, b->underlay_mtu);
    assert_ptr_equal(a->static_table, b->static_table);
    assert_memory_equal(&a->transit, &b->transit, sizeof a->transit);
    assert_same_ips(a->used_ips, a->n_used_ips, b->used_ips, b->n_used_ips);
    assert_ptr_equal(a->receive, b->receive);
    assert_int_equal(a->receive_id, b->receive_id);
    assert_memory_equal(&a->transmit, &b->transmit, sizeof a->transmit);
    assert_string_equal(a->agent_version, b->agent_version);
    assert_true(sset_equals(&a->external_networks, &b->external_networks));
}

/* 'text_' is decoded to what it is parsed to, and its text is the same. */
static void
assert_plain(const char *text_)
{
    struct field_errors errors = FIELD_ERRORS_INITIALIZER;
    char *text = quote(text_), *error, *a_text, *b_text;
    struct json *json = json_util_parse(text, strlen(text), &error);
    struct nve *a = decode(text, &a_text);
    struct nve *b = nve_from_json(json, &errors);

    if (!a || !b) {
        fail_msg("%s: not taken", text);
    }
    assert_same(a, b);
    b_text = object_text_make(json);
    assert_string_equal(a_text, b_text);
    free(a_text);
    free(b_text);
    json_destroy(json);
    nve_destroy(a);
    nve_destroy(b);
    free(text);
}

static void
test_plain(void **state OVS_UNUSED)
{
    assert_plain(TOP META SPEC);
    assert_plain(" " TOP META SPEC);
    assert_plain("{" META ",'spec':{}}");
    assert_plain("{'metadata':{'name':'x'},'spec':{},'status':null}");
    assert_plain("{'metadata':{'name':'x'},'spec':{'static':" TABLE "}}");
    assert_plain(TOP META ",'spec':{'id':4294967295,'static':" TABLE
                 ",'transit':{'maxOptionBytes':252,'maxOptions':0},"
                 "'underlay':{'ips':['192.0.2.1','2001:db8::1'],'mtu':9000,"
                 "'udpPort':6081}}}");
    assert_plain(TOP META ",'spec':{'id':null,'static':null,'transit':null,"
                 "'underlay':{'ips':null,'mtu':null,'udpPort':null}}}");
    assert_plain(TOP META ",'spec':{},'status':{'agentVersion':'1',"
                 "'externalNetworks':['a','b'],'news':[1,{'a':null}],"
                 "'receive':{'id':9,'options':[],'order':'strict'},"
                 "'transmit':{'maxOptions':3,'order':['0xff01/0x81']},"
                 "'underlay':{'ips':['192.0.2.1']}}}");
}

/* What the server adds, of which some is not in the text. */
static void
test_metadata(void **state OVS_UNUSED)
{
    assert_plain(TOP "'metadata':{'annotations':{'a':'b'},"
                 "'creationTimestamp':'2026-01-02T03:04:05Z','generation':3,"
                 "'labels':{'a':'','b':'c'},'managedFields':[{'b':1, 'a':"
                 "{'k:{\\'x\\':\\'\xc3\xa4\\'}':{}}}],'name':'x',"
                 "'resourceVersion':'77','uid':'u-1'}" SPEC);
    assert_plain(TOP "'metadata':{'labels':{},'managedFields': null,"
                 "'name':'x'}" SPEC);
    assert_plain(TOP "'metadata':{'name':'x','resourceVersion':'1',"
                 "'uid':'u'}" SPEC);
}

static void
test_not_plain(void **state OVS_UNUSED)
{
    static const char *const texts[] = {
        "", "{", "{}", "[]", "{" META "}", TOP META ",'spec':{}",
        TOP META ",'spec':[]}",
        "{" META ", 'spec':{}}", "{" META ",'spec': {}}",
        "{'spec':{}," META "}",                 /* Not sorted. */
        "{" META "," META ",'spec':{}}",
        "{'kind':'VPC'," META ",'spec':{}}",
        "{'apiVersion':'v1'," META ",'spec':{}}",
        "{" META ",'spec':{},'zzz':1}",
        "{'metadata':{},'spec':{}}",
        "{'metadata':{'resourceVersion':'7'},'spec':{}}",
        "{'metadata':{'managedFields':[]},'spec':{}}",
        "{'metadata':{'name':'X'},'spec':{}}",
        "{'metadata':{'name':'x','resourceVersion':7},'spec':{}}",
        "{'metadata':{'name':'x','resourceVersion':'7' },'spec':{}}",
        "{'metadata':{'managedFields':[] ,'name':'x'},'spec':{}}",
        "{'metadata':{'finalizers':[],'name':'x'},'spec':{}}",
        "{'metadata':{'labels':{'a':1},'name':'x'},'spec':{}}",
        "{'metadata':{'labels':{'a':null},'name':'x'},'spec':{}}",
        "{'metadata':{'annotations':{'a':1},'name':'x'},'spec':{}}",
        "{'metadata':{'annotations':{'a':'\\n'},'name':'x'},'spec':{}}",
        "{" META ",'spec':{'id':-1}}", "{" META ",'spec':{'id':1.0}}",
        "{" META ",'spec':{'more':1}}",
        "{" META ",'spec':{'static':[]}}",
        "{" META ",'spec':{'static':{'mod':1}}}",
        "{" META ",'spec':{'static':{'options':[{'typ':1}]}}}",
        "{" META ",'spec':{'static':{'options':[1]}}}",
        "{" META ",'spec':{'static':{'order':'any','mode':'replace'}}}",
        "{" META ",'spec':{'transit':{'maxOptionBytes':5}}}",
        "{" META ",'spec':{'transit':{'maxOptionBytes':256}}}",
        "{" META ",'spec':{'transit':{'maxOptions':-1}}}",
        "{" META ",'spec':{'underlay':{'ips':['x']}}}",
        "{" META ",'spec':{'underlay':{'ips':['192.0.2.1','192.0.2.1']}}}",
        "{" META ",'spec':{'underlay':{'mtu':575}}}",
        "{" META ",'spec':{'underlay':{'udpPort':0}}}",
        "{" META ",'spec':{},'status':{'b':1,'a':1}}",
        "{" META ",'spec':{},'status':{'a':'\xc3\xa4'}}",
        "{" META ",'spec':{},'status':{'a':1.5}}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        char *text = quote(texts[i]), *canonical;
        struct nve *nve = decode(text, &canonical);

        if (nve) {
            fail_msg("%s: taken", text);
        }
        free(text);
    }
}

/* No part of a plain one is one. */
static void
test_cut_off(void **state OVS_UNUSED)
{
    char *text = quote(TOP META ",'spec':{'static':" TABLE "},"
                       "'status':{'agentVersion':'1'}}");
    char *canonical;

    for (size_t n = strlen(text); n-- > 0; ) {
        char *part = xmemdup(text, n ? n : 1);
        struct json_scan s = json_scan_start(part, n);

        assert_null(nve_decode(&s, &canonical));
        free(part);
    }
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_not_plain),
        cmocka_unit_test(test_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
