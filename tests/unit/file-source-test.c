/* Objects from files: content, replacement, faults, permissions. */

#include <config.h>

#include "agent/controller/file-source.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/controller/objects.h"
#include "openvswitch/dynamic-string.h"
#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "timeval.h"
#include "util.h"

#define TIMEOUT_MS 20000

struct fixture {
    char dir[64];
    struct objects *objects;
    struct file_source *fs;
};

/* Returns "DIR/NAME", good until the next call but three. */
static const char *
path(const struct fixture *f, const char *name)
{
    static char buffers[4][256];
    static int i;
    char *s = buffers[i++ % 4];

    snprintf(s, sizeof buffers[0], "%s/%s", f->dir, name);
    return s;
}

static void
write_to(const char *file, const char *text)
{
    FILE *stream = fopen(file, "w");

    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, strlen(text), stream), strlen(text));
    assert_int_equal(fclose(stream), 0);
}

/* Writes a new file and renames it into place. */
static void
replace(const struct fixture *f, const char *name, const char *text)
{
    write_to(path(f, ".new"), text);
    assert_int_equal(rename(path(f, ".new"), path(f, name)), 0);
}

static void
start(struct fixture *f, const char *source)
{
    f->objects = objects_create();
    f->fs = file_source_create(f->objects, source);
}

static void
fixture_init(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    strcpy(f->dir, "/tmp/file-source-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    umask(022);
}

static void
remove_tree(const char *dir)
{
    char *command[] = { "rm", "-rf", CONST_CAST(char *, dir), NULL };
    pid_t pid = fork();

    if (!pid) {
        execvp(command[0], command);
        _exit(127);
    }
}

static void
stop(struct fixture *f)
{
    file_source_destroy(f->fs);
    objects_destroy(f->objects);
    remove_tree(f->dir);
}

#define RUN_UNTIL(F, COND)                                              \
    do {                                                                \
        long long int deadline = time_msec() + TIMEOUT_MS;              \
                                                                        \
        for (;;) {                                                      \
            file_source_run((F)->fs);                                   \
            if (COND) {                                                 \
                break;                                                  \
            }                                                           \
            if (time_msec() >= deadline) {                              \
                fail_msg("timeout waiting for %s", #COND);              \
            }                                                           \
            file_source_wait((F)->fs);                                  \
            poll_timer_wait_until(deadline);                            \
            poll_block();                                               \
        }                                                               \
    } while (0)

/* Whether the VPC 'name' has this VNI; 0: whether there is none. */
static bool
vpc_is(const struct fixture *f, const char *name, uint32_t vni)
{
    const struct object *o = objects_get(f->objects, RES_VPC, name);

    return vni ? o && o->vpc && o->vpc->vni == vni : !o;
}

static void
add_problem(const char *object, const char *message, void *s_)
{
    struct ds *s = s_;

    ds_put_format(s, "%s: %s\n", object, message);
}

static void
count_problem(const char *object OVS_UNUSED, const char *message OVS_UNUSED,
              void *n_)
{
    int *n = n_;
    (*n)++;
}

/* An alarm has an object's name and one message: more would hide others. */
static int
count_problems(const struct fixture *f)
{
    int n = 0;

    file_source_for_each_problem(f->fs, count_problem, &n);
    return n;
}

/* Whether some problem's text contains 's'; "" means that there is none. */
static bool
problem_is(const struct fixture *f, const char *s)
{
    struct ds all = DS_EMPTY_INITIALIZER;
    bool result;

    file_source_for_each_problem(f->fs, add_problem, &all);
    result = s[0] ? strstr(ds_cstr(&all), s) != NULL : !all.length;
    ds_destroy(&all);
    return result;
}

#define V(NAME, VNI)                                                    \
    "{\"kind\": \"VPC\", \"apiVersion\": \"nvo3.io/v1alpha1\", "        \
    "\"metadata\": {\"name\": \"" NAME "\"}, \"spec\": {\"vni\": " VNI "}}"
#define LIST(ITEMS) \
    "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [" ITEMS "]}\n"

static void
test_list_file(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    write_to(path(&f, "a.json"), LIST(V("a", "5") "," V("b", "6") ","
             "{\"kind\": \"NVE\", \"metadata\": {\"name\": \"hv\"}, "
             "\"spec\": {}}"));
    start(&f, path(&f, "a.json"));
    assert_false(file_source_is_synced(f.fs));
    RUN_UNTIL(&f, file_source_is_synced(f.fs));
    assert_true(vpc_is(&f, "a", 5));
    assert_true(vpc_is(&f, "b", 6));
    assert_non_null(objects_get(f.objects, RES_NVE, "hv"));
    assert_true(problem_is(&f, ""));

    /* Written in place, then replaced. */
    write_to(path(&f, "a.json"), LIST(V("a", "7") "," V("b", "6")));
    RUN_UNTIL(&f, vpc_is(&f, "a", 7));
    assert_null(objects_get(f.objects, RES_NVE, "hv"));
    replace(&f, "a.json", LIST(V("b", "8")));
    RUN_UNTIL(&f, vpc_is(&f, "a", 0) && vpc_is(&f, "b", 8));

    /* The same size, right after each other. */
    for (int i = 0; i < 5; i++) {
        write_to(path(&f, "a.json"), LIST(V("b", "9")));
        write_to(path(&f, "a.json"), LIST(V("b", "1")));
        RUN_UNTIL(&f, vpc_is(&f, "b", 1));
        write_to(path(&f, "a.json"), LIST(V("b", "2")));
        RUN_UNTIL(&f, vpc_is(&f, "b", 2));
    }
    stop(&f);
}

static void
test_forms(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    write_to(path(&f, "a.json"), V("a", "5"));
    start(&f, path(&f, "a.json"));
    RUN_UNTIL(&f, vpc_is(&f, "a", 5));
    replace(&f, "a.json", "[" V("b", "6") "]");
    RUN_UNTIL(&f, vpc_is(&f, "b", 6) && vpc_is(&f, "a", 0));
    replace(&f, "a.json", "{\"kind\": \"VPCList\", \"items\": [{\"metadata\":"
            " {\"name\": \"c\"}, \"spec\": {\"vni\": 7}}]}");
    RUN_UNTIL(&f, vpc_is(&f, "c", 7) && vpc_is(&f, "b", 0));
    replace(&f, "a.json", LIST(""));
    RUN_UNTIL(&f, vpc_is(&f, "c", 0));
    assert_true(problem_is(&f, ""));
    stop(&f);
}

/* What is no whole file changes nothing but the problems. */
static void
test_bad_files(void **state OVS_UNUSED)
{
    static const struct {
        const char *text, *problem;
    } cases[] = {
        { "", "line 1, column 1" },
        { "{\"kind\": \"List\",\n\"items\": [", "line 2, column 11" },
        { "{\"kind\": \"List\"}", "without an array" },
        { "{\"kind\": \"List\", \"items\": {}}", "without an array" },
        { "{\"items\": []}", "has no \"kind\"" },
        { "\xff", "invalid UTF-8" },
    };
    struct fixture f;

    fixture_init(&f);
    write_to(path(&f, "a.json"), V("a", "5"));
    start(&f, path(&f, "a.json"));
    RUN_UNTIL(&f, vpc_is(&f, "a", 5));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        write_to(path(&f, "a.json"), cases[i].text);
        RUN_UNTIL(&f, problem_is(&f, cases[i].problem));
        assert_true(problem_is(&f, path(&f, "a.json")));
        assert_true(vpc_is(&f, "a", 5));
        assert_true(file_source_is_synced(f.fs));
    }
    write_to(path(&f, "a.json"), V("a", "6"));
    RUN_UNTIL(&f, vpc_is(&f, "a", 6));
    assert_true(problem_is(&f, ""));
    stop(&f);
}

static void
test_bad_items(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    write_to(path(&f, "a.json"),
             LIST(V("a", "5") ", 5, {}, {\"kind\": \"Pod\"}, " V("a", "6")
                  "," V("bad", "0") "," V("b", "7") ", {\"kind\": \"VPC\"}"));
    start(&f, path(&f, "a.json"));
    RUN_UNTIL(&f, file_source_is_synced(f.fs));
    assert_true(vpc_is(&f, "a", 5));
    assert_true(vpc_is(&f, "b", 7));
    assert_non_null(object_get_refused(objects_get(f.objects, RES_VPC,
                                                   "bad")));
    assert_true(problem_is(&f, "items[1]: has no kind"));
    assert_true(problem_is(&f, "items[2]: has no kind"));
    assert_true(problem_is(&f, "items[3]: \"Pod\" is not a kind"));
    assert_true(problem_is(&f, "items[4]: VPC \"a\" is in the file already"));
    assert_true(problem_is(&f, "items[7]: VPC without metadata.name\n"));
    assert_int_equal(count_problems(&f), 1);

    /* Of many, the first ones. */
    write_to(path(&f, "a.json"), LIST("1,2,3,4,5,6,7,8,9,10"));
    RUN_UNTIL(&f, problem_is(&f, "items[7]: has no kind; and 2 more items\n"));
    assert_int_equal(count_problems(&f), 1);

    /* What is gone is not wrong in any other way. */
    unlink(path(&f, "a.json"));
    RUN_UNTIL(&f, problem_is(&f, "No such file"));
    assert_int_equal(count_problems(&f), 1);
    stop(&f);
}

/* Whether the VPC is refused with just this message; "" means it is not. */
static bool
is_refused(const struct fixture *f, const char *name, const char *message)
{
    const struct object *o = objects_get(f->objects, RES_VPC, name);
    const char *refused = o ? object_get_refused(o) : NULL;

    return o && !strcmp(refused ? refused : "", message);
}

#define TWICE                                                           \
    "{\"kind\": \"VPC\", \"metadata\": {\"name\": \"b\"}, "                 \
    "\"spec\": {\"vni\": 8, \"vni\": 9}, \"x\": 1}"

/* Members that mean nothing: such an object is refused, and no other one; what
 * was good before stays. */
static void
test_members_that_mean_nothing(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    write_to(path(&f, "a.json"), LIST(V("a", "5") "," V("b", "6")));
    start(&f, path(&f, "a.json"));
    RUN_UNTIL(&f, file_source_is_synced(f.fs));

    replace(&f, "a.json",
            LIST(V("a", "5, \"vin\": 6") ", {\"a\": 1, \"a\": 2},"
                 TWICE "," V("c", "7")));
    RUN_UNTIL(&f, vpc_is(&f, "c", 7));
    assert_true(is_refused(&f, "a", "spec.vin: is not known: a VPC has no "
                           "such member"));
    assert_true(is_refused(&f, "b", "spec.vni: is there twice; x: is not "
                           "known: a VPC has no such member"));
    assert_true(is_refused(&f, "c", ""));
    assert_true(vpc_is(&f, "a", 5));
    assert_true(vpc_is(&f, "b", 6));

    /* Mended, with the same JSON after parsing. */
    replace(&f, "a.json", LIST(V("b", "1, \"vni\": 9") "," V("d", "1")));
    RUN_UNTIL(&f, vpc_is(&f, "d", 1));
    assert_true(is_refused(&f, "b", "spec.vni: is there twice"));
    replace(&f, "a.json", LIST(V("b", "9") "," V("e", "1")));
    RUN_UNTIL(&f, vpc_is(&f, "e", 1));
    assert_true(vpc_is(&f, "b", 9) && is_refused(&f, "b", ""));
    assert_true(problem_is(&f, ""));

    /* In other forms of a file; and outside of objects, where it cannot be
     * known what is meant. */
    write_to(path(&f, "a.json"), TWICE);
    RUN_UNTIL(&f, !is_refused(&f, "b", ""));
    write_to(path(&f, "a.json"), "[" V("b", "10") "]");
    RUN_UNTIL(&f, vpc_is(&f, "b", 10));
    write_to(path(&f, "a.json"), "{\"kind\": \"List\", \"items\": ["
             V("b", "11") "], \"items\": []}");
    RUN_UNTIL(&f, problem_is(&f, "has member \"items\" twice"));
    assert_true(vpc_is(&f, "b", 10));
    stop(&f);
}

static void
test_permissions(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    write_to(path(&f, "a.json"), V("a", "5"));
    chmod(path(&f, "a.json"), 0664);
    start(&f, path(&f, "a.json"));
    RUN_UNTIL(&f, problem_is(&f, "others than its owner can write it"));
    assert_true(vpc_is(&f, "a", 0));
    assert_false(file_source_is_synced(f.fs));
    chmod(path(&f, "a.json"), 0646);
    RUN_UNTIL(&f, problem_is(&f, "(mode 0646)"));
    chmod(path(&f, "a.json"), 0644);
    RUN_UNTIL(&f, vpc_is(&f, "a", 5));
    assert_true(problem_is(&f, ""));
    if (!geteuid()) {
        assert_int_equal(chown(path(&f, "a.json"), 65534, 65534), 0);
        RUN_UNTIL(&f, problem_is(&f, "belongs to user 65534"));
        assert_true(vpc_is(&f, "a", 5));
    }
    unlink(path(&f, "a.json"));
    assert_int_equal(mkfifo(path(&f, "a.json"), 0600), 0);
    RUN_UNTIL(&f, problem_is(&f, "is not a regular file"));
    stop(&f);
}

static void
test_directory(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    write_to(path(&f, "a.json"), V("a", "5"));
    write_to(path(&f, "b.json"), "{");
    write_to(path(&f, ".hidden.json"), V("h", "6"));
    write_to(path(&f, "c.json~"), V("c", "7"));
    start(&f, f.dir);
    RUN_UNTIL(&f, vpc_is(&f, "a", 5));
    assert_true(problem_is(&f, "b.json: line 1"));
    assert_true(vpc_is(&f, "h", 0));
    assert_true(vpc_is(&f, "c", 0));
    assert_false(file_source_is_synced(f.fs));

    /* The bad one is repaired, a new one comes, an old one goes. */
    write_to(path(&f, "b.json"), V("b", "8"));
    RUN_UNTIL(&f, vpc_is(&f, "b", 8));
    assert_true(file_source_is_synced(f.fs));
    assert_true(problem_is(&f, ""));
    replace(&f, "c.json", V("c", "7"));
    RUN_UNTIL(&f, vpc_is(&f, "c", 7));
    unlink(path(&f, "a.json"));
    RUN_UNTIL(&f, vpc_is(&f, "a", 0));
    assert_true(vpc_is(&f, "b", 8));

    /* A bad one keeps what it had. */
    write_to(path(&f, "b.json"), "{");
    RUN_UNTIL(&f, problem_is(&f, "b.json"));
    assert_true(vpc_is(&f, "b", 8));
    stop(&f);
}

static void
count_changes(struct object *object OVS_UNUSED, void *n_)
{
    ++*(int *) n_;
}

/* An editor that moves the old file away first does not make the objects go
 * and come. */
static void
test_replaced_the_rude_way(void **state OVS_UNUSED)
{
    struct fixture f;
    int n = 0;

    fixture_init(&f);
    write_to(path(&f, "a.json"), V("a", "5"));
    start(&f, f.dir);
    RUN_UNTIL(&f, vpc_is(&f, "a", 5));
    objects_run(f.objects, count_changes, &n);
    assert_int_equal(n, 1);
    assert_int_equal(rename(path(&f, "a.json"), path(&f, "a.json~")), 0);
    file_source_run(f.fs);
    assert_true(vpc_is(&f, "a", 5));
    write_to(path(&f, "a.json"), V("a", "5") " ");
    write_to(path(&f, "b.json"), V("b", "6"));
    RUN_UNTIL(&f, vpc_is(&f, "b", 6));
    objects_run(f.objects, count_changes, &n);
    assert_int_equal(n, 2);
    stop(&f);
}

/* As Kubernetes does it: a.json -> ..data/a.json, ..data -> ..1. */
static void
test_symlink_swap(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    assert_int_equal(mkdir(path(&f, "..1"), 0755), 0);
    assert_int_equal(mkdir(path(&f, "..2"), 0755), 0);
    write_to(path(&f, "..1/a.json"), V("a", "5"));
    write_to(path(&f, "..2/a.json"), V("a", "6"));
    assert_int_equal(symlink("..1", path(&f, "..data")), 0);
    assert_int_equal(symlink("..data/a.json", path(&f, "a.json")), 0);
    for (int i = 0; i < 2; i++) {
        start(&f, i ? f.dir : path(&f, "a.json"));
        RUN_UNTIL(&f, vpc_is(&f, "a", 5));
        assert_int_equal(symlink("..2", path(&f, "..tmp")), 0);
        assert_int_equal(rename(path(&f, "..tmp"), path(&f, "..data")), 0);
        RUN_UNTIL(&f, vpc_is(&f, "a", 6));
        assert_int_equal(symlink("..1", path(&f, "..tmp")), 0);
        assert_int_equal(rename(path(&f, "..tmp"), path(&f, "..data")), 0);
        RUN_UNTIL(&f, vpc_is(&f, "a", 5));
        if (!i) {
            file_source_destroy(f.fs);
            objects_destroy(f.objects);
        }
    }
    stop(&f);
}

/* The path need not exist yet, nor stay. */
static void
test_missing(void **state OVS_UNUSED)
{
    struct fixture f;

    fixture_init(&f);
    start(&f, path(&f, "sub/a.json"));
    RUN_UNTIL(&f, problem_is(&f, "No such file"));
    assert_false(file_source_is_synced(f.fs));
    assert_int_equal(mkdir(path(&f, "sub"), 0755), 0);
    file_source_run(f.fs);
    write_to(path(&f, "sub/a.json"), V("a", "5"));
    RUN_UNTIL(&f, vpc_is(&f, "a", 5));
    assert_true(problem_is(&f, ""));
    unlink(path(&f, "sub/a.json"));
    RUN_UNTIL(&f, problem_is(&f, "No such file"));
    assert_true(vpc_is(&f, "a", 5));
    write_to(path(&f, "sub/a.json"), V("a", "6"));
    RUN_UNTIL(&f, vpc_is(&f, "a", 6));
    stop(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_file),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_bad_items),
        cmocka_unit_test(test_members_that_mean_nothing),
        cmocka_unit_test(test_permissions),
        cmocka_unit_test(test_directory),
        cmocka_unit_test(test_replaced_the_rude_way),
        cmocka_unit_test(test_symlink_swap),
        cmocka_unit_test(test_missing),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("file-source", tests, NULL, NULL);
}
