/* TLS: whom the client talks to, and whom it gives its token. */

#include <config.h>

#include "agent/controller/rest.h"
#include "agent/controller/rest-auth.h"
#include "agent/controller/rest-result.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "openvswitch/poll-loop.h"
#include "openvswitch/vlog.h"
#include "ovs-thread.h"
#include "timeval.h"
#include "util.h"

#define TIMEOUT_MS 20000

/* Of the test server, self-signed, for 127.0.0.1 only.  Nobody else has or
 * trusts this key. */
static const char certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBhTCCASygAwIBAgIUOq7kfDFx6FE76nvVg3lZBW7AFTMwCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjEyMjA4MThaGA8yMTI2MTAyODIyMDgx\n"
    "OFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGNo\n"
    "3nsxaFXWk8S9mdLGel1qUpQG4p7RXuOsPgyalozGDFFAxNYBeQp12LCb3zdhU03l\n"
    "BRyGfc7L4Fy/AxecN+SjZDBiMB0GA1UdDgQWBBQTU4G1+eAURvDDcao09Bm/ftS+\n"
    "SzAfBgNVHSMEGDAWgBQTU4G1+eAURvDDcao09Bm/ftS+SzAPBgNVHRMBAf8EBTAD\n"
    "AQH/MA8GA1UdEQQIMAaHBH8AAAEwCgYIKoZIzj0EAwIDRwAwRAIgVFFy6mPecYtn\n"
    "VEytuUk9f97T26BR5icU7HToDYN439ACID2hAiV2uGmkzmyOhtUG3zlhgms5IhoJ\n"
    "FE4Oxnu+7j0b\n"
    "-----END CERTIFICATE-----\n";
static const char key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgP9D/N5KNk5VWgytn\n"
    "heNUopitzQIu/CoSy5thRAWQjqihRANCAARjaN57MWhV1pPEvZnSxnpdalKUBuKe\n"
    "0V7jrD4MmpaMxgxRQMTWAXkKddiwm983YVNN5QUchn3Oy+BcvwMXnDfk\n"
    "-----END PRIVATE KEY-----\n";

/* Another one, for the time after a rotation. */
static const char new_certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBiTCCATCgAwIBAgIUEmP9cF+nyckc9U0b0Yejo7ZRYRcwCgYIKoZIzj0EAwIw\n"
    "ETEPMA0GA1UEAwwGdGVzdC0yMCAXDTI2MTEzMDA2MzAzNVoYDzIxMjYxMTA2MDYz\n"
    "MDM1WjARMQ8wDQYDVQQDDAZ0ZXN0LTIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
    "AATCOriSL9M7flxwn5qdOgKkpVItes7hsL+7bl1h83ACslGMCM8UNUlnRM2RDZCJ\n"
    "zQ815iGvi9oFvIuO/vzWJZ/no2QwYjAdBgNVHQ4EFgQUa7vXZ04jCnns2MWrJtZj\n"
    "M6DgZ64wHwYDVR0jBBgwFoAUa7vXZ04jCnns2MWrJtZjM6DgZ64wDwYDVR0TAQH/\n"
    "BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQCIBvcro0g\n"
    "aaJ4rJ5jbHCcwWuSR4asQJXi7iFUWS00hLaiAiBtUjvp7jc/JMDmm8xv8GBpcZcB\n"
    "PQ/FO6MPHndl/3IwWA==\n"
    "-----END CERTIFICATE-----\n";
static const char new_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgtMgnSAcWCYhb31O+\n"
    "nBaaj/ULqH1GfmtzAIEOjYkCQ5qhRANCAATCOriSL9M7flxwn5qdOgKkpVItes7h\n"
    "sL+7bl1h83ACslGMCM8UNUlnRM2RDZCJzQ815iGvi9oFvIuO/vzWJZ/n\n"
    "-----END PRIVATE KEY-----\n";

struct fixture {
    struct MHD_Daemon *daemon;
    uint16_t port;
    char ca_file[40], token_file[40];
    struct ovs_mutex mutex;         /* The server is a thread of its own. */
    char *authorization;            /* Seen last, or NULL. */
    int n_requests;

    bool done;
    int status;
    char *error;
};

static enum MHD_Result
handle(void *f_, struct MHD_Connection *conn, const char *url OVS_UNUSED,
       const char *method OVS_UNUSED, const char *version OVS_UNUSED,
       const char *data OVS_UNUSED, size_t *n OVS_UNUSED,
       void **aux OVS_UNUSED)
{
    struct fixture *f = f_;
    struct MHD_Response *response;
    enum MHD_Result result;

    ovs_mutex_lock(&f->mutex);
    free(f->authorization);
    f->authorization = nullable_xstrdup(
        MHD_lookup_connection_value(conn, MHD_HEADER_KIND, "Authorization"));
    f->n_requests++;
    ovs_mutex_unlock(&f->mutex);
    response = MHD_create_response_from_buffer(2, CONST_CAST(char *, "{}"),
                                               MHD_RESPMEM_PERSISTENT);
    result = MHD_queue_response(conn, 200, response);
    MHD_destroy_response(response);
    return result;
}

static void
write_temp(char *name, const char *content)
{
    int fd;

    strcpy(name, "/tmp/rest-tls-test-XXXXXX");
    fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

static void
start_server(struct fixture *f, const char *server_certificate,
             const char *server_key)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };

    f->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL, handle,
        f, MHD_OPTION_SOCK_ADDR, &sin, MHD_OPTION_HTTPS_MEM_CERT,
        server_certificate, MHD_OPTION_HTTPS_MEM_KEY, server_key,
        MHD_OPTION_END);
    assert_non_null(f->daemon);
    f->port = MHD_get_daemon_info(f->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

static void
fixture_start(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    ovs_mutex_init(&f->mutex);
    write_temp(f->ca_file, certificate);
    write_temp(f->token_file, "secret-1\n");
    start_server(f, certificate, key);
}

static void
fixture_stop(struct fixture *f)
{
    MHD_stop_daemon(f->daemon);
    unlink(f->ca_file);
    unlink(f->token_file);
    free(f->authorization);
    free(f->error);
    ovs_mutex_destroy(&f->mutex);
}

static void
done_cb(const struct rest_result *result, void *f_)
{
    struct fixture *f = f_;

    f->done = true;
    f->status = result->status;
    free(f->error);
    f->error = nullable_xstrdup(result->error);
}

static void
start(struct fixture *f, struct rest *rest, const char *url)
{
    struct rest_params params = {
        .method = "GET", .url = url, .max_body = 100,
        .idle_ms = TIMEOUT_MS, .whole_ms = TIMEOUT_MS,
        .done = done_cb, .aux = f,
    };

    f->done = false;
    rest_start(rest, &params);
}

static void
wait_done(struct fixture *f, struct rest *rest)
{
    long long int deadline = time_msec() + TIMEOUT_MS;

    while (!f->done) {
        rest_run(rest);
        if (!f->done) {
            assert_true(time_msec() < deadline);
            rest_wait(rest);
            poll_timer_wait_until(deadline);
            poll_block();
        }
    }
}

static void
get(struct fixture *f, struct rest *rest, const char *host)
{
    char *url = xasprintf("https://%s:%d/", host, f->port);

    start(f, rest, url);
    wait_done(f, rest);
    free(url);
}

static void
expect_authorization(struct fixture *f, const char *expected)
{
    ovs_mutex_lock(&f->mutex);
    assert_non_null(f->authorization);
    assert_string_equal(f->authorization, expected);
    ovs_mutex_unlock(&f->mutex);
}

/* A token that was replaced on disk is used from then on. */
static void
test_token(void **state OVS_UNUSED)
{
    struct fixture f;
    struct rest_auth auth = { .ca_file = f.ca_file,
                              .token_file = f.token_file };
    struct rest *rest;
    FILE *stream;

    fixture_start(&f);
    rest = rest_create(&auth);
    get(&f, rest, "127.0.0.1");
    assert_int_equal(f.status, 200);
    expect_authorization(&f, "Bearer secret-1");

    stream = fopen(f.token_file, "w");
    fputs("secret-2", stream);
    fclose(stream);
    get(&f, rest, "127.0.0.1");
    expect_authorization(&f, "Bearer secret-2");

    /* One that could smuggle in a header is not sent at all. */
    stream = fopen(f.token_file, "w");
    fputs("a\r\nX-Evil: 1", stream);
    fclose(stream);
    get(&f, rest, "127.0.0.1");
    assert_int_equal(f.status, 200);
    assert_null(f.authorization);

    rest_destroy(rest);
    fixture_stop(&f);
}

/* A server that is not who it should be gets no request. */
static void
test_verification(void **state OVS_UNUSED)
{
    struct fixture f;
    struct rest_auth auth = { .token_file = f.token_file };
    struct rest *rest;

    fixture_start(&f);
    rest = rest_create(&auth);      /* The system does not trust it. */
    get(&f, rest, "127.0.0.1");
    assert_int_equal(f.status, 0);
    assert_non_null(f.error);
    rest_destroy(rest);

    auth.ca_file = f.ca_file;       /* Trusted, but under another name. */
    rest = rest_create(&auth);
    get(&f, rest, "localhost");
    assert_int_equal(f.status, 0);
    assert_non_null(f.error);
    rest_destroy(rest);

    assert_int_equal(f.n_requests, 0);
    fixture_stop(&f);
}

/* CAs that were replaced on disk are those that count from then on: a server
 * with a new certificate is trusted, one with an old one no longer. */
static void
test_rotation(void **state OVS_UNUSED)
{
    struct fixture f;
    struct rest_auth auth = { .ca_file = f.ca_file };
    struct rest *rest;
    FILE *stream;

    fixture_start(&f);
    rest = rest_create(&auth);
    get(&f, rest, "127.0.0.1");
    assert_int_equal(f.status, 200);

    stream = fopen(f.ca_file, "w");
    fputs(new_certificate, stream);
    fclose(stream);
    MHD_stop_daemon(f.daemon);
    start_server(&f, new_certificate, new_key);
    get(&f, rest, "127.0.0.1");
    assert_int_equal(f.status, 200);

    MHD_stop_daemon(f.daemon);
    start_server(&f, certificate, key);
    get(&f, rest, "127.0.0.1");
    assert_int_equal(f.status, 0);
    assert_non_null(f.error);

    rest_destroy(rest);
    fixture_stop(&f);
}

/* A connection that was made before a rotation is not used after it, be it
 * idle or in use; no longer than a second is lost by that. */
static void
test_rotation_of_connections(void **state OVS_UNUSED)
{
    struct fixture f, hung;
    struct rest_auth auth = { .ca_file = f.ca_file };
    struct sockaddr_in sin = { .sin_family = AF_INET };
    struct rest *rest;
    char *url;
    FILE *stream;
    int fd;

    fixture_start(&f);
    rest = rest_create(&auth);
    get(&f, rest, "127.0.0.1");
    assert_int_equal(f.status, 200);

    /* This server takes connections, and does nothing. */
    fd = socket(AF_INET, SOCK_STREAM, 0);
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *) &sin, sizeof sin), 0);
    assert_int_equal(listen(fd, 1), 0);
    socklen_t len = sizeof sin;
    assert_int_equal(getsockname(fd, (struct sockaddr *) &sin, &len), 0);
    memset(&hung, 0, sizeof hung);
    url = xasprintf("https://127.0.0.1:%d/", ntohs(sin.sin_port));
    start(&hung, rest, url);

    stream = fopen(f.ca_file, "w");
    fputs(new_certificate, stream);
    fclose(stream);
    wait_done(&hung, rest);
    assert_non_null(strstr(hung.error, "certificates were replaced"));
    get(&f, rest, "127.0.0.1");
    assert_int_equal(f.status, 0);

    /* And back: what is there already counts, as at the start. */
    stream = fopen(f.ca_file, "w");
    fputs(certificate, stream);
    fclose(stream);
    start(&hung, rest, url);
    wait_done(&hung, rest);
    get(&f, rest, "127.0.0.1");
    assert_int_equal(f.status, 200);

    close(fd);
    free(url);
    free(hung.error);
    rest_destroy(rest);
    fixture_stop(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_verification),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_rotation_of_connections),
    };

    vlog_set_levels(NULL, VLF_ANY_DESTINATION, VLL_OFF);
    return cmocka_run_group_tests_name("rest-tls", tests, NULL, NULL);
}
