/* Who owns an interface's mtu_request.
 *
 * States, by 'ours' and 'request':
 *
 *     nobody's   'ours' is 0.  To "ours" when an MTU is wanted.
 *     ours       'request' is 'ours', or was cleared.  To "foreign" when
 *                somebody writes another value; to "nobody's" when none is
 *                wanted any more, at once or by way of "ending".
 *     foreign    'request' is another one.  To "ours" when somebody clears it,
 *                to "nobody's" when none is wanted any more.
 *     ending     'request' and 'ours' are 'device', and no MTU is wanted.  To
 *                "nobody's" when the device has that. */

#include <config.h>

#include "lib/mtu-request.h"

bool
mtu_request_is_foreign(const struct mtu_request *r)
{
    return r->ours && r->request && r->request != r->ours;
}

static void
take_over(struct mtu_request *r, int mtu)
{
    if (!r->ours) {
        r->before = r->request;
        r->device = r->request ? 0 : r->actual;
    }
    r->request = r->ours = mtu;
}

static void
forget(struct mtu_request *r)
{
    r->ours = r->before = r->device = 0;
}

static void
give_back(struct mtu_request *r)
{
    if (r->request != r->ours) {
        forget(r);
    } else if (r->device && r->device != r->actual) {
        r->request = r->ours = r->device;
    } else {
        r->request = r->before;
        forget(r);
    }
}

bool
mtu_request_decide(const struct mtu_request *now, int mtu,
                   struct mtu_request *next)
{
    *next = *now;
    if (mtu && !mtu_request_is_foreign(now)) {
        take_over(next, mtu);
    } else if (!mtu && now->ours) {
        give_back(next);
    }
    return (next->request != now->request || next->ours != now->ours
            || next->before != now->before || next->device != now->device);
}
