/* GeneveOption.
 *
 * Class, type and length identify an option on the wire: RFC 8926, section
 * 3.5.1, wants a new type when the length changes, because receivers drop a
 * known option of another length. */

#include <config.h>

#include "lib/resource-geneve-option.h"

#include <stdlib.h>

#include "lib/json-util.h"
#include "openvswitch/json.h"
#include "svec.h"
#include "util.h"

typedef bool hex_parser(const char *, unsigned long *);

/* Reads "class" or "type": a string, "0x" and hex digits. */
static bool
parse_hex(const struct field_parent *spec, const char *name,
          hex_parser *parse, unsigned long max, unsigned long *value)
{
    const char *s = field_string(spec, name, true);

    if (!s) {
        return false;
    }
    if (!parse(s, value)) {
        field_error(spec, FE_INVALID, name,
                    "\"%.80s\" is not \"0x\" and hex digits", s);
        return false;
    }
    if (*value > max) {
        field_error(spec, FE_INVALID, name, "\"%.80s\" is over 0x%lx", s,
                    max);
        return false;
    }
    return true;
}

/* Reads "length" and "value", whose form depends on the length. */
static void
parse_length_and_value(const struct field_parent *spec,
                       struct geneve_option *opt)
{
    int64_t length;

    if (!field_integer(spec, "length", true, INT64_MIN, INT64_MAX,
                       &length)) {
        return;
    }
    if (length < 0 || length > GENEVE_OPT_MAX_DATA || length % 4) {
        field_error(spec, FE_INVALID, "length", "%lld is not a multiple of 4 "
                    "from 0 to %d, which is what the Length field of an "
                    "option can say (RFC 8926, section 3.5)",
                    (long long int) length, GENEVE_OPT_MAX_DATA);
        return;
    }
    opt->length = length;
    value_source_from_json(json_util_get(spec->json, "value"), length,
                           "spec.value", &opt->value, spec->errors);
}

static void
add_warnings(const struct geneve_option *opt, struct svec *warnings)
{
    const char *assignee = opt_class_assignee(opt->key.class);

    if (assignee) {
        svec_add_nocopy(warnings, xasprintf(
            "spec.class: 0x%04x is assigned by IANA: %s; experiments use "
            "0xff00 to 0xffff (RFC 8926, section 7)", opt->key.class,
            assignee));
    }
    if (opt->value.from == VALUE_VPC_TENANT_ID && opt->length < 16) {
        svec_add_nocopy(warnings, xasprintf(
            "spec.value: vpc.tenantId has 16 bytes, the option has %d",
            opt->length));
    }
}

static void
parse_spec(void *opt_, const struct field_parent *spec,
           struct svec *warnings)
{
    struct geneve_option *opt = opt_;
    unsigned long class, type;
    const char *description;

    if (parse_hex(spec, "class", opt_class_from_string, UINT16_MAX, &class)) {
        opt->key.class = class;
    }
    if (parse_hex(spec, "type", opt_type_from_string, UINT8_MAX, &type)) {
        opt->key.type = type;
    }
    parse_length_and_value(spec, opt);
    description = field_string(spec, "description", false);
    opt->description = xstrdup(description ? description : "");
    if (warnings && !spec->errors->n) {
        add_warnings(opt, warnings);
    }
}

/* Compares a hex member by value: "0xFF01" is "0xff01". */
static void
check_hex_unchanged(const struct json *old, const struct json *new,
                    const char *name, hex_parser *parse,
                    struct field_errors *errors)
{
    const char *a = json_util_string(old, name, NULL);
    const char *b = json_util_string(new, name, NULL);
    unsigned long x, y;

    if (a && b && parse(a, &x) && parse(b, &y) && x != y) {
        struct field_parent spec = { NULL, "spec", errors };

        field_error(&spec, FE_INVALID, name, "may not change from %s to "
                    "%.80s: another option needs another definition "
                    "(RFC 8926, section 3.5.1)", a, b);
    }
}

/* Class, type and length may not change. */
static void
check_update(const struct json *old, const struct json *new,
             struct field_errors *errors)
{
    int64_t a, b;

    old = json_util_get(old, "spec");
    new = json_util_get(new, "spec");
    check_hex_unchanged(old, new, "class", opt_class_from_string, errors);
    check_hex_unchanged(old, new, "type", opt_type_from_string, errors);
    if (json_util_integer(old, "length", &a)
        && json_util_integer(new, "length", &b) && a != b) {
        field_errors_add(errors, FE_INVALID, "spec.length", "may not change "
                         "from %lld to %lld: another length needs another "
                         "type (RFC 8926, section 3.5.1)",
                         (long long int) a, (long long int) b);
    }
}

static void
release(void *opt_)
{
    struct geneve_option *opt = opt_;

    free(opt->description);
    value_source_destroy(&opt->value);
}

struct geneve_option *
geneve_option_from_json(const struct json *json, struct field_errors *errors,
                        struct svec *warnings)
{
    return resource_class_parse(&geneve_option_class, json, errors, warnings);
}

void
geneve_option_destroy(struct geneve_option *opt)
{
    resource_class_destroy(&geneve_option_class, opt);
}

const struct resource_class geneve_option_class = {
    .kind = "GeneveOption",
    .plural = "geneveoptions",
    .singular = "geneveoption",
    .short_name = "gopt",
    .has_status = true,
    .size = sizeof(struct geneve_option),
    .parse_spec = parse_spec,
    .release = release,
    .check_update = check_update,
};
