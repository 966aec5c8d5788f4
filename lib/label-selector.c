/* Label selectors: from JSON, and what they match.
 *
 * matchLabels is short for In with one value, so there is only one form in
 * memory.  The order of requirements does not matter.
 *
 * A selector for a label that cannot exist, because its key or value is
 * invalid, would quietly select nothing, and its policy would leave endpoints
 * open.  Such a selector is refused. */

#include <config.h>

#include "lib/label-selector.h"

#include <stdlib.h>
#include <string.h>

#include "lib/field.h"
#include "lib/json-util.h"
#include "lib/label.h"
#include "lib/resource-name.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/shash.h"
#include "smap.h"
#include "util.h"

/* "DoesNotExist" etc., in the order of enum label_op. */
static const char *const operators[] = {
    [LABEL_IN] = "In",
    [LABEL_NOT_IN] = "NotIn",
    [LABEL_EXISTS] = "Exists",
    [LABEL_NOT_EXISTS] = "DoesNotExist",
};

bool
label_requirement_matches(const struct label_requirement *req,
                          const char *value)
{
    switch (req->op) {
    case LABEL_IN:
        return value && svec_contains(&req->values, value);
    case LABEL_NOT_IN:
        return !value || !svec_contains(&req->values, value);
    case LABEL_EXISTS:
        return value != NULL;
    case LABEL_NOT_EXISTS:
        return value == NULL;
    default:
        OVS_NOT_REACHED();
    }
}

void
label_requirement_destroy(struct label_requirement *req)
{
    free(req->key);
    svec_destroy(&req->values);
}

/* Adds an error, about member 'name' of 'parent', if 'key' cannot be a key in
 * a label set. */
static void
check_key(const struct field_parent *parent, const char *name,
          const char *key)
{
    if (!label_key_is_valid(key)) {
        field_error(parent, FE_INVALID, name, "\"%.320s\" is not the key of "
                    "a label", key);
    } else if (label_is_own(key)) {
        field_error(parent, FE_FORBIDDEN, name, "\"%.320s\": selectors "
                    "cannot use labels %s...", key, RESOURCE_LABEL_PREFIX);
    }
}

static void
check_value(const struct field_parent *parent, const char *name,
            const char *value)
{
    if (!label_value_is_valid(value)) {
        field_error(parent, FE_INVALID, name, "\"%.80s\" is not the value of "
                    "a label", value);
    }
}

static void
parse_match_labels(const struct field_parent *parent,
                   struct label_selector *selector)
{
    const struct json *json = field_object(parent, "matchLabels", false);
    char *path = xasprintf("%s.matchLabels", parent->path);
    struct field_parent labels = { json, path, parent->errors };
    const struct shash_node *node;

    if (json) {
        SHASH_FOR_EACH (node, json_object(json)) {
            struct label_requirement *req = &selector->reqs[selector->n++];
            const char *value = field_string(&labels, node->name, true);

            check_key(&labels, node->name, node->name);
            req->key = xstrdup(node->name);
            req->op = LABEL_IN;
            if (value) {
                check_value(&labels, node->name, value);
                svec_add(&req->values, value);
            }
        }
    }
    free(path);
}

/* Reads "operator" into '*op'.  Returns false, with an error, if it is
 * none. */
static bool
parse_operator(const struct field_parent *parent, enum label_op *op)
{
    const char *s = field_string(parent, "operator", true);

    for (size_t i = 0; s && i < ARRAY_SIZE(operators); i++) {
        if (!strcmp(s, operators[i])) {
            *op = i;
            return true;
        }
    }
    if (s) {
        field_error(parent, FE_NOT_SUPPORTED, "operator", "\"%.80s\" is not "
                    "one of In, NotIn, Exists, DoesNotExist", s);
    }
    return false;
}

/* In and NotIn have values; the other operators have none. */
static void
parse_values(const struct field_parent *parent, bool known_op,
             struct label_requirement *req)
{
    const struct json *json = field_array(parent, "values", false);
    bool wanted = req->op == LABEL_IN || req->op == LABEL_NOT_IN;
    size_t n = json ? json->array.n : 0;

    if (known_op && wanted && !n) {
        field_error(parent, FE_REQUIRED, "values", "is required and must not "
                    "be empty, for operator %s", operators[req->op]);
    } else if (known_op && !wanted && n) {
        field_error(parent, FE_FORBIDDEN, "values", "must be empty for "
                    "operator %s", operators[req->op]);
    }
    for (size_t i = 0; i < n; i++) {
        const struct json *value = json->array.elems[i];
        char *name = xasprintf("values[%"PRIuSIZE"]", i);

        if (value->type != JSON_STRING) {
            field_error(parent, FE_INVALID, name, "must be a string");
        } else {
            check_value(parent, name, value->string);
            svec_add(&req->values, value->string);
        }
        free(name);
    }
    svec_sort_unique(&req->values);
}

static void
parse_expression(const struct json *json, const char *path,
                 struct label_requirement *req, struct field_errors *errors)
{
    struct field_parent parent = { json, path, errors };
    const char *key;
    bool known_op;

    if (json->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, path, "must be an object");
        return;
    }
    key = field_string(&parent, "key", true);
    if (key) {
        check_key(&parent, "key", key);
        req->key = xstrdup(key);
    }
    known_op = parse_operator(&parent, &req->op);
    parse_values(&parent, known_op, req);
}

void
label_selector_from_json(const struct json *json, const char *path,
                         struct label_selector *selector,
                         struct field_errors *errors)
{
    struct field_parent parent = { json, path, errors };
    const struct json *labels = json_util_get(json, "matchLabels");
    const struct json *expressions;
    size_t n_labels, n_expressions;

    memset(selector, 0, sizeof *selector);
    if (!json) {
        return;
    }
    if (json->type != JSON_OBJECT) {
        field_errors_add(errors, FE_INVALID, path, "must be an object");
        return;
    }
    expressions = field_array(&parent, "matchExpressions", false);
    n_expressions = expressions ? expressions->array.n : 0;
    n_labels = (labels && labels->type == JSON_OBJECT
                ? shash_count(json_object(labels)) : 0);
    selector->reqs = xcalloc(n_labels + n_expressions + 1,
                             sizeof *selector->reqs);

    parse_match_labels(&parent, selector);
    for (size_t i = 0; i < n_expressions; i++) {
        char *name = xasprintf("%s.matchExpressions[%"PRIuSIZE"]", path, i);

        parse_expression(expressions->array.elems[i], name,
                         &selector->reqs[selector->n++], errors);
        free(name);
    }
}

void
label_selector_destroy(struct label_selector *selector)
{
    for (size_t i = 0; i < selector->n; i++) {
        label_requirement_destroy(&selector->reqs[i]);
    }
    free(selector->reqs);
}

void
label_selector_clone(const struct label_selector *selector,
                     struct label_selector *copy)
{
    copy->n = selector->n;
    copy->reqs = xcalloc(selector->n + 1, sizeof *copy->reqs);
    for (size_t i = 0; i < selector->n; i++) {
        copy->reqs[i].key = xstrdup(selector->reqs[i].key);
        copy->reqs[i].op = selector->reqs[i].op;
        svec_clone(&copy->reqs[i].values, &selector->reqs[i].values);
    }
}

bool
label_selector_equals(const struct label_selector *a,
                      const struct label_selector *b)
{
    if (a->n != b->n) {
        return false;
    }
    for (size_t i = 0; i < a->n; i++) {
        const struct label_requirement *x = &a->reqs[i];
        const struct label_requirement *y = &b->reqs[i];

        if (x->op != y->op || strcmp(x->key, y->key)
            || !svec_equal(&x->values, &y->values)) {
            return false;
        }
    }
    return true;
}

bool
label_selector_matches(const struct label_selector *selector,
                       const struct smap *labels)
{
    for (size_t i = 0; i < selector->n; i++) {
        const struct label_requirement *req = &selector->reqs[i];

        if (!label_requirement_matches(req, label_is_own(req->key) ? NULL
                                       : smap_get(labels, req->key))) {
            return false;
        }
    }
    return true;
}

bool
label_selector_is_empty(const struct label_selector *selector)
{
    return !selector->n;
}

static void
label_requirement_format(const struct label_requirement *req, struct ds *s)
{
    char *values = svec_join(&req->values, ",", "");

    switch (req->op) {
    case LABEL_IN:
        ds_put_format(s, req->values.n == 1 ? "%s=%s" : "%s in (%s)",
                      req->key, values);
        break;
    case LABEL_NOT_IN:
        ds_put_format(s, req->values.n == 1 ? "%s!=%s" : "%s notin (%s)",
                      req->key, values);
        break;
    case LABEL_EXISTS:
        ds_put_cstr(s, req->key);
        break;
    case LABEL_NOT_EXISTS:
        ds_put_format(s, "!%s", req->key);
        break;
    }
    free(values);
}

char *
label_selector_to_string(const struct label_selector *selector)
{
    struct ds s = DS_EMPTY_INITIALIZER;

    for (size_t i = 0; i < selector->n; i++) {
        ds_put_cstr(&s, i ? ", " : "");
        label_requirement_format(&selector->reqs[i], &s);
    }
    return ds_steal_cstr(&s);
}
