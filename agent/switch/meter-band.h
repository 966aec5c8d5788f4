/* What an OpenFlow meter lets through. */
#ifndef GA_METER_BAND_H
#define GA_METER_BAND_H 1

#include <stdbool.h>
#include <stdint.h>

/* 'rate' packets a second, or kilobits a second if 'kbits'.  'burst', in
 * packets or kilobits, may come at once.  A burst of less than a packet lets
 * none of that size pass, ever. */
struct meter_band {
    uint32_t rate;                  /* 0: there is no meter. */
    uint32_t burst;
    bool kbits;
};

/* As a rate: the switch has a meter of another kind there, or we do not know
 * which. */
#define METER_OTHER UINT32_MAX

/* 'rate' packets a second, a second's worth of which may come at once. */
static inline struct meter_band
meter_band_packets(uint32_t rate)
{
    return (struct meter_band) { .rate = rate, .burst = rate };
}

#endif /* agent/switch/meter-band.h */
