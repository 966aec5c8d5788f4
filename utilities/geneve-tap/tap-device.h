/* TUN and TAP devices. */
#ifndef GA_TAP_DEVICE_H
#define GA_TAP_DEVICE_H 1

#include <stdbool.h>

struct tap_device {
    int fd;                         /* Does not block. */
    bool vnet;                      /* Packets have a virtio header. */
    bool udp;                       /* Large UDP packets go through, too. */
};

/* Opens the device, which is made if it is not there.  Returns 0, or an
 * errno. */
int tap_device_open(struct tap_device *, const char *name, bool ethernet,
                    bool offload);

/* Sets the MTU of the device, if it is not 0, and sets it up.  Returns 0, or
 * an errno. */
int tap_device_start(const char *name, unsigned int mtu);

#endif /* utilities/geneve-tap/tap-device.h */
