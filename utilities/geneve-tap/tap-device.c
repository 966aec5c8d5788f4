/* TUN and TAP devices, with virtio headers where the kernel has them: then
 * one read or write moves up to 64 KB of a TCP stream. */

#include <config.h>

#include "utilities/geneve-tap/tap-device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Linux 6.2; not in the headers of Debian 12. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

static int
attach(int fd, const char *name, int flags)
{
    struct ifreq ifr;

    memset(&ifr, 0, sizeof ifr);
    ifr.ifr_flags = flags;
    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", name);
    return ioctl(fd, TUNSETIFF, &ifr) ? errno : 0;
}

int
tap_device_open(struct tap_device *device, const char *name, bool ethernet,
                bool offload)
{
    unsigned int tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
    int flags = (ethernet ? IFF_TAP : IFF_TUN) | IFF_NO_PI;

    *device = (struct tap_device) { .vnet = offload };
    device->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device->fd < 0) {
        return errno;
    }
    int error = attach(device->fd, name,
                       flags | (offload ? IFF_VNET_HDR : 0));
    if (error) {
        close(device->fd);
        return error;
    }
    if (!offload) {
        return 0;
    }
    device->udp = !ioctl(device->fd, TUNSETOFFLOAD,
                         tcp | TUN_F_USO4 | TUN_F_USO6);
    if (!device->udp) {
        ioctl(device->fd, TUNSETOFFLOAD, tcp);
    }
    return 0;
}

int
tap_device_start(const char *name, unsigned int mtu)
{
    struct ifreq ifr;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int error = 0;

    if (fd < 0) {
        return errno;
    }
    memset(&ifr, 0, sizeof ifr);
    snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", name);
    ifr.ifr_mtu = mtu;
    if (mtu && ioctl(fd, SIOCSIFMTU, &ifr)) {
        error = errno;
    } else if (ioctl(fd, SIOCGIFFLAGS, &ifr)) {
        error = errno;
    } else {
        ifr.ifr_flags |= IFF_UP;
        error = ioctl(fd, SIOCSIFFLAGS, &ifr) ? errno : 0;
    }
    close(fd);
    return error;
}
