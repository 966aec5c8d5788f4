/* Files of keys: see rest-auth.h. */

#include <config.h>

#include "agent/controller/rest-auth.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/daemon-main.h"
#include "util.h"

enum {
    OPT_CA_CERT = DAEMON_MAIN_FIRST_OPTION,
    OPT_CERTIFICATE,
    OPT_PRIVATE_KEY,
    OPT_TOKEN_FILE,
};

const struct option rest_auth_options[] = {
    { "ca-cert", required_argument, NULL, OPT_CA_CERT },
    { "certificate", required_argument, NULL, OPT_CERTIFICATE },
    { "private-key", required_argument, NULL, OPT_PRIVATE_KEY },
    { "token-file", required_argument, NULL, OPT_TOKEN_FILE },
    { NULL, 0, NULL, 0 },
};

void
rest_auth_clone(struct rest_auth *dst, const struct rest_auth *src)
{
    static const struct rest_auth none;

    src = src ? src : &none;
    dst->ca_file = nullable_xstrdup(src->ca_file);
    dst->cert_file = nullable_xstrdup(src->cert_file);
    dst->key_file = nullable_xstrdup(src->key_file);
    dst->token_file = nullable_xstrdup(src->token_file);
}

void
rest_auth_destroy(struct rest_auth *auth)
{
    free(auth->ca_file);
    free(auth->cert_file);
    free(auth->key_file);
    free(auth->token_file);
}

void
rest_auth_usage(void)
{
    printf("\n\
Controller options:\n\
  --ca-cert=FILE            verify the controller by the CAs in FILE\n\
  --certificate=FILE        our certificate for the controller\n\
  --private-key=FILE        its private key\n\
  --token-file=FILE         bearer token; sent over verified TLS only\n");
}

void
rest_auth_set_option(struct rest_auth *auth, int val, char *value)
{
    switch (val) {
    case OPT_CA_CERT:
        auth->ca_file = value;
        break;
    case OPT_CERTIFICATE:
        auth->cert_file = value;
        break;
    case OPT_PRIVATE_KEY:
        auth->key_file = value;
        break;
    case OPT_TOKEN_FILE:
        auth->token_file = value;
        break;
    default:
        OVS_NOT_REACHED();
    }
}
