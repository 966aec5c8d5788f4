/* TLS with libmicrohttpd, which uses GnuTLS.
 *
 * libmicrohttpd only asks clients for a certificate; we check whether there is
 * one and whether it is valid. */

#include <config.h>

#include "utilities/nvad/http-tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

static char *
read_file(const char *name, char **contents)
{
    struct ds s = DS_EMPTY_INITIALIZER;
    FILE *stream = fopen(name, "r");
    char *error = NULL;
    char buf[4096];
    size_t n;

    *contents = NULL;
    if (!stream) {
        return xasprintf("%s: %s", name, ovs_strerror(errno));
    }
    while ((n = fread(buf, 1, sizeof buf, stream)) > 0) {
        ds_put_buffer(&s, buf, n);
    }
    if (ferror(stream)) {
        error = xasprintf("%s: cannot be read", name);
        ds_destroy(&s);
    } else {
        *contents = ds_steal_cstr(&s);
    }
    fclose(stream);
    return error;
}

char *
http_tls_init(struct http_tls *tls, const char *private_key,
              const char *certificate, const char *ca_cert)
{
    char *error = NULL;

    *tls = (struct http_tls) { NULL, NULL, NULL };
    if (!private_key != !certificate) {
        return xstrdup("--private-key and --certificate go together");
    }
    if (ca_cert && !certificate) {
        return xstrdup("--ca-cert needs --private-key and --certificate");
    }
    if (private_key) {
        error = read_file(private_key, &tls->private_key);
    }
    if (!error && certificate) {
        error = read_file(certificate, &tls->certificate);
    }
    if (!error && ca_cert) {
        error = read_file(ca_cert, &tls->ca_cert);
    }
    return error;
}

void
http_tls_destroy(struct http_tls *tls)
{
    free(tls->private_key);
    free(tls->certificate);
    free(tls->ca_cert);
}

bool
http_tls_peer_is_trusted(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info;
    unsigned int status;

    info = MHD_get_connection_info(connection,
                                   MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return (info && info->tls_session
            && !gnutls_certificate_verify_peers2(info->tls_session, &status)
            && !status);
}
