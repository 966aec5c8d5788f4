/* Bearer tokens from a file: one a line, all of them valid, so that a token
 * can be replaced while the old one is still in use.  The file is read again
 * when it changes.  A file that cannot be read, or has no token, allows
 * nobody. */

#include <config.h>

#include "utilities/nvad/auth.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "openvswitch/dynamic-string.h"
#include "openvswitch/vlog.h"
#include "svec.h"
#include "util.h"

VLOG_DEFINE_THIS_MODULE(auth);

struct auth {
    char *file;                     /* NULL: everybody is allowed. */
    struct stat stat;               /* Of the file that was read. */
    struct svec tokens;
};

struct auth *
auth_create(const char *token_file)
{
    struct auth *auth = xzalloc(sizeof *auth);

    auth->file = nullable_xstrdup(token_file);
    svec_init(&auth->tokens);
    return auth;
}

void
auth_destroy(struct auth *auth)
{
    if (auth) {
        free(auth->file);
        svec_destroy(&auth->tokens);
        free(auth);
    }
}

static void
read_tokens(struct auth *auth)
{
    struct ds line = DS_EMPTY_INITIALIZER;
    FILE *stream = fopen(auth->file, "r");

    svec_clear(&auth->tokens);
    if (!stream) {
        VLOG_ERR("%s: %s", auth->file, ovs_strerror(errno));
        return;
    }
    while (!ds_get_line(&line, stream)) {
        char *s = ds_cstr(&line);

        s += strspn(s, " \t");
        s[strcspn(s, " \t\r")] = '\0';
        if (*s) {
            svec_add(&auth->tokens, s);
        }
    }
    fclose(stream);
    ds_destroy(&line);
    VLOG_INFO("%s: %"PRIuSIZE" tokens", auth->file, auth->tokens.n);
}

static void
refresh(struct auth *auth)
{
    struct stat s;

    if (stat(auth->file, &s)) {
        svec_clear(&auth->tokens);
        memset(&auth->stat, 0, sizeof auth->stat);
    } else if (s.st_ino != auth->stat.st_ino
               || s.st_size != auth->stat.st_size
               || s.st_mtim.tv_sec != auth->stat.st_mtim.tv_sec
               || s.st_mtim.tv_nsec != auth->stat.st_mtim.tv_nsec) {
        auth->stat = s;
        read_tokens(auth);
    }
}

/* Compares in a time that does not tell where the two differ. */
static bool
tokens_equal(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    unsigned int diff = n != m;

    for (size_t i = 0; i < n; i++) {
        diff |= (unsigned char) a[i] ^ (unsigned char) b[m ? i % m : 0];
    }
    return !diff;
}

bool
auth_is_allowed(struct auth *auth, const char *authorization)
{
    const char *token;
    size_t i;
    bool ok = false;

    if (!auth->file) {
        return true;
    }
    if (!authorization || strncasecmp(authorization, "Bearer ", 7)) {
        return false;
    }
    refresh(auth);
    SVEC_FOR_EACH (i, token, &auth->tokens) {
        ok |= tokens_equal(authorization + 7, token);
    }
    return ok;
}
