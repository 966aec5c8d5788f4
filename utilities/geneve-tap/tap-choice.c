/* Choices: one message each, a struct tap_choice and a text, and one byte as
 * the answer.
 *
 * The process that sends them reads what comes from a network, so nothing is
 * taken for granted of what it says. */

#include <config.h>

#include "utilities/geneve-tap/tap-choice.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <syslog.h>

#include "utilities/geneve-tap/tap-alloc.h"
#include "utilities/geneve-tap/tap-remote.h"

#define MAX_TEXT (1 << 16)
#define ANSWER_TIMEOUT 10000        /* Milliseconds. */

bool
tap_choice_send(int fd, const struct tap_choice *choice, const char *text)
{
    struct iovec iov[] = {
        { (void *) choice, sizeof *choice },
        { (void *) text, strnlen(text, MAX_TEXT) },
    };
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
    struct pollfd pollfd = { .fd = fd, .events = POLLIN };
    uint8_t answer;

    return (sendmsg(fd, &message, MSG_NOSIGNAL) > 0
            && poll(&pollfd, 1, ANSWER_TIMEOUT) > 0
            && recv(fd, &answer, 1, 0) == 1);
}

static bool
is_valid(const struct tap *tap, const struct tap_choice *choice)
{
    uint64_t seen = 0;

    if (choice->remote >= tap->n_remotes) {
        return false;
    }
    size_t n = tap_remote_options(tap, &tap->remotes[choice->remote])->n;
    for (size_t i = 0; i < choice->n; i++) {
        uint8_t option = choice->options[i];

        if (i >= n || option >= n || seen & (UINT64_C(1) << option)) {
            return false;
        }
        seen |= UINT64_C(1) << option;
    }
    return true;
}

bool
tap_choice_receive(struct tap *tap, int fd)
{
    static char text[MAX_TEXT + 1];
    struct tap_choice choice;
    struct iovec iov[] = {
        { &choice, sizeof choice },
        { text, MAX_TEXT },
    };
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
    ssize_t n = recvmsg(fd, &message, 0);
    uint8_t answer = 0;

    if (n < 0 && errno == EINTR) {
        return true;
    } else if (n < (ssize_t) sizeof choice || !is_valid(tap, &choice)) {
        syslog(LOG_ERR, "the connection to the controller's process is lost: "
               "what is sent stays as it is");
        return false;
    }
    text[n - sizeof choice] = '\0';
    tap_remote_choose(tap, &tap->remotes[choice.remote], &choice, text);
    return send(fd, &answer, 1, MSG_NOSIGNAL) == 1;
}
