/* UTF-8, checked byte by byte. */

#include <config.h>

#include "lib/utf8.h"

#include <string.h>

#include "openvswitch/dynamic-string.h"
#include "util.h"

#define REPLACEMENT "\xef\xbf\xbd"  /* U+FFFD. */

size_t
utf8_sequence(const char *s_, size_t n)
{
    const unsigned char *s = (const unsigned char *) s_;
    size_t len = (s[0] < 0x80 ? 1
                  : s[0] >= 0xc2 && s[0] <= 0xdf ? 2
                  : s[0] >= 0xe0 && s[0] <= 0xef ? 3
                  : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4
                  : 0);

    if (!len || len > n
        || (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)
        || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return len;
}

size_t
utf8_cut(const char *s, size_t max)
{
    size_t n = strnlen(s, max + 1);

    if (n > max) {
        n = max;
        while (n && (s[n] & 0xc0) == 0x80) {
            n--;
        }
    }
    return n;
}

char *
utf8_clean(const char *s)
{
    struct ds out = DS_EMPTY_INITIALIZER;
    const char *end = strchr(s, '\0');

    while (s < end) {
        size_t n = utf8_sequence(s, end - s);

        if (n) {
            ds_put_buffer(&out, s, n);
            s += n;
        } else {
            ds_put_cstr(&out, REPLACEMENT);
            s++;
        }
    }
    return ds_steal_cstr(&out);
}

uint32_t
utf8_next(const char **s)
{
    const uint8_t *p = (const uint8_t *) *s;
    static const uint32_t min[] = { 0, 0x80, 0x800, 0x10000 };
    size_t n = p[0] < 0x80 ? 0 : (p[0] & 0xe0) == 0xc0 ? 1
               : (p[0] & 0xf0) == 0xe0 ? 2 : (p[0] & 0xf8) == 0xf0 ? 3 : 4;
    uint32_t c;

    if (n == 4) {
        *s += 1;
        return UINT32_MAX;
    }
    c = n ? p[0] & (0x3f >> n) : p[0];
    for (size_t i = 1; i <= n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            *s += 1;
            return UINT32_MAX;
        }
        c = (c << 6) | (p[i] & 0x3f);
    }
    *s += n + 1;
    return c < min[n] || c > 0x10ffff ? UINT32_MAX : c;
}
