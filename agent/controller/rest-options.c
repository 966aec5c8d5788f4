/* What is safe: see rest-options.h.
 *
 * The agent acts on what its controller says, and may send it a token.  So it
 * verifies who the controller is, speaks HTTP only, follows no redirect, and
 * takes nothing from its environment. */

#include <config.h>

#include "agent/controller/rest-options.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/controller/rest-auth.h"
#include "openvswitch/vlog.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(rest_options);

static struct vlog_rate_limit rl = VLOG_RATE_LIMIT_INIT(10, 10);

#define CONNECT_TIMEOUT_MS 10000
#define TCP_TIMEOUT_MS 30000

/* Connections do not live for ever: of the system's CAs nobody tells when they
 * are replaced (rest-renewal.h). */
#define MAX_CONNECTION_S 600L
#define SYSTEM_CAS_CACHE_S 60L      /* They are many, so parsing takes long. */

#define MAX_TOKEN_BYTES (16 * 1024)

/* Reads the token, for the caller to free.  Returns NULL, and logs why, if
 * there is none. */
static char *
read_token(const char *file)
{
    char *token = xmalloc(MAX_TOKEN_BYTES + 1);
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, token, MAX_TOKEN_BYTES + 1);
    const char *fault = NULL;

    if (n < 0) {
        fault = ovs_strerror(errno);
    } else if (n > MAX_TOKEN_BYTES) {
        fault = "is too long for a token";
    } else {
        while (n > 0 && isspace((unsigned char) token[n - 1])) {
            n--;
        }
        token[n] = '\0';
        fault = !n ? "is empty" : NULL;
        for (ssize_t i = 0; i < n; i++) {
            if (token[i] <= ' ' || token[i] > '~') {
                fault = "has characters that a token cannot have";
            }
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    if (fault) {
        VLOG_WARN_RL(&rl, "%s: no token is sent: %s", file, fault);
        free(token);
        return NULL;
    }
    return token;
}

/* The token is read anew for each request: tokens of Kubernetes are
 * short-lived, and a request costs much more than the reading. */
struct curl_slist *
rest_options_add_token(struct curl_slist *headers,
                       const struct rest_auth *auth, const char *url)
{
    const char *file = auth->token_file;
    char *token, *header;

    if (!file) {
        return headers;
    }
    if (strncasecmp(url, "https://", 8)) {
        VLOG_WARN_ONCE("%s: the token is not sent, because the controller's "
                       "URL is not https", file);
        return headers;
    }
    token = read_token(file);
    if (token) {
        header = xasprintf("Authorization: Bearer %s", token);
        headers = curl_slist_append(headers, header);
        free(header);
        free(token);
    }
    return headers;
}

/* Half-open connections, of a server that has gone without a word, end after
 * that time.  Without this, keepalives are sent in vain for 100 s. */
static int
sockopt_cb(void *aux OVS_UNUSED, curl_socket_t fd,
           curlsocktype purpose OVS_UNUSED)
{
    unsigned int ms = TCP_TIMEOUT_MS;

    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
    return CURL_SOCKOPT_OK;
}

static void
set_safety_options(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
                     (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                     (long) CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     (long) CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long) CONNECT_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 10L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 10L);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, sockopt_cb);
}

static void
set_tls_files(CURL *easy, const struct rest_auth *auth)
{
    /* libcurl would use CAs by their file's name for a day, and go on with
     * TLS sessions of earlier certificates. */
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT,
                     auth->ca_file ? 0L : SYSTEM_CAS_CACHE_S);
#endif
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, MAX_CONNECTION_S);
    if (auth->ca_file) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, auth->ca_file);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    if (auth->cert_file) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, auth->cert_file);
    }
    if (auth->key_file) {
        curl_easy_setopt(easy, CURLOPT_SSLKEY, auth->key_file);
    }
}

void
rest_options_set(CURL *easy, const struct rest_auth *auth)
{
    set_safety_options(easy);
    set_tls_files(easy, auth);
}
