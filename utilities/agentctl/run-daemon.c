/* Commands that ask the daemon. */

#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ga-version.h"
#include "lib/json-util.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/json.h"
#include "openvswitch/shash.h"
#include "util.h"
#include "utilities/agentctl/client.h"
#include "utilities/agentctl/console.h"
#include "utilities/agentctl/print.h"
#include "utilities/agentctl/run.h"

/* Asks the daemon.  Returns the answer, or NULL with a message in '*error',
 * for the caller to free. */
static struct json *
ask_daemon(const struct run_options *o, const char *method, int argc,
           char *argv[], char **error)
{
    char *answer, *syntax;
    struct json *json;

    if (!client_transact(o->target, o->timeout, method, argc, argv,
                         &answer, error)) {
        return NULL;
    }
    json = json_util_parse(answer, strlen(answer), &syntax);
    if (!json) {
        *error = xasprintf("the daemon's answer is not JSON: %s", syntax);
        free(syntax);
    }
    free(answer);
    return json;
}

/* The same, but prints the error message. */
static struct json *
ask_daemon_or_complain(const struct run_options *o, const char *method,
                       int argc, char *argv[])
{
    char *error = NULL;
    struct json *json = ask_daemon(o, method, argc, argv, &error);

    if (!json) {
        console_error("%s", error);
        free(error);
    }
    return json;
}

static void
put_answer(const struct run_options *o, const struct json *json,
           void (*print)(const struct json *, const struct text_format *,
                         struct ds *))
{
    if (o->json) {
        console_put_json(json);
    } else {
        struct ds ds = DS_EMPTY_INITIALIZER;

        print(json, &o->format, &ds);
        console_put_ds(&ds);
        ds_destroy(&ds);
    }
}

int
run_question(const struct run_options *o, const char *method,
             void (*print)(const struct json *, const struct text_format *,
                           struct ds *),
             int argc, char *argv[])
{
    struct json *json;

    json = ask_daemon_or_complain(o, method, argc, argv);
    if (!json) {
        return RUN_FAILED;
    }
    put_answer(o, json, print);
    json_destroy(json);
    return RUN_DONE;
}

/* What 'member' has of 'key', "address name", as "192.0.2.1 web-1", for the
 * caller to free; NULL if that is nothing. */
static char *
get_key(const struct json *member, const char *key_)
{
    struct ds ds = DS_EMPTY_INITIALIZER;
    char *key = xstrdup(key_);
    char *save = NULL;
    bool any = false;

    for (char *name = strtok_r(key, " ", &save); name;
         name = strtok_r(NULL, " ", &save)) {
        const char *value = json_util_string(member, name, NULL);

        any |= value != NULL;
        ds_put_format(&ds, "%s%s", ds.length ? " " : "", value ? value : "");
    }
    free(key);
    if (!any) {
        ds_destroy(&ds);
    }
    return any ? ds_steal_cstr(&ds) : NULL;
}

/* Puts the members of a page's list into 'all', in place of those of the same
 * 'key' that an earlier page had. */
static void
take_page(const struct json *list, const char *key, struct shash *all)
{
    for (size_t i = 0; list && list->type == JSON_ARRAY
                       && i < list->array.n; i++) {
        struct json *member = list->array.elems[i];
        char *value = get_key(member, key);

        if (value) {
            json_destroy(shash_replace(all, value, json_clone(member)));
            free(value);
        }
    }
}

/* Asks for all of a list, a page at a time: to put all of 100,000 endpoints
 * into one answer would keep the daemon from its work for seconds.  Returns
 * false after a complaint. */
static bool
ask_for_pages(const struct run_options *o, const char *method,
              const char *key, struct shash *all)
{
    char *cursor = xstrdup("0");

    while (cursor) {
        struct json *page = ask_daemon_or_complain(o, method, 1, &cursor);

        free(cursor);
        if (!page) {
            return false;
        }
        take_page(json_util_get(page, "items"), key, all);
        cursor = nullable_xstrdup(json_util_string(page, "next", NULL));
        json_destroy(page);
    }
    return true;
}

int
run_list(const struct run_options *o, const char *method, const char *key,
         void (*print)(const struct json *, const struct text_format *,
                       struct ds *))
{
    struct json *list = json_array_create_empty();
    struct shash all = SHASH_INITIALIZER(&all);
    bool ok = ask_for_pages(o, method, key, &all);
    const struct shash_node **nodes = shash_sort(&all);

    for (size_t i = 0; i < shash_count(&all); i++) {
        json_array_add(list, nodes[i]->data);
    }
    free(nodes);
    shash_destroy(&all);
    if (ok) {
        put_answer(o, list, print);
    }
    json_destroy(list);
    return ok ? RUN_DONE : RUN_FAILED;
}

/* The table has the names of options, too.  That takes a second question. */
int
run_remote_show(const struct run_options *o, int argc, char *argv[])
{
    struct json *json, *options;
    char *error = NULL;

    json = ask_daemon_or_complain(o, "ga/remote-show", argc, argv);
    if (!json) {
        return RUN_FAILED;
    }
    if (o->json) {
        console_put_json(json);
    } else {
        struct ds ds = DS_EMPTY_INITIALIZER;

        options = ask_daemon(o, "ga/option-list", 0, NULL, &error);
        print_remote_show(json, options, &o->format, &ds);
        console_put_ds(&ds);
        ds_destroy(&ds);
        json_destroy(options);
        free(error);
    }
    json_destroy(json);
    return RUN_DONE;
}

/* That there is no daemon is no failure. */
int
run_version(const struct run_options *o, int argc OVS_UNUSED,
            char *argv[] OVS_UNUSED)
{
    char *error = NULL;
    struct json *status = ask_daemon(o, "ga/status", 0, NULL, &error);
    const char *daemon = json_util_string(status, "version", NULL);

    if (o->json) {
        struct json *json = json_object_create();

        json_object_put_string(json, "agentctl", GA_VERSION);
        json_object_put(json, "geneve-agentd",
                        daemon ? json_string_create(daemon)
                               : json_null_create());
        console_put_json(json);
        json_destroy(json);
    } else {
        printf("agentctl %s\n", GA_VERSION);
        if (daemon) {
            printf("geneve-agentd %s\n", daemon);
        } else {
            printf("geneve-agentd: unknown (%s)\n",
                   error ? error : "it does not say");
        }
    }
    json_destroy(status);
    free(error);
    return RUN_DONE;
}
