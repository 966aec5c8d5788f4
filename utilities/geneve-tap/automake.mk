# geneve-tap: all but main() is a library, for the unit tests.  It is not
# linked with Open vSwitch's library, so of lib/ it can only use what needs
# nothing of that.
if HAVE_JANSSON
noinst_LIBRARIES += utilities/geneve-tap/libgenevetap.a
utilities_geneve_tap_libgenevetap_a_SOURCES = \
	utilities/geneve-tap/tap.h \
	utilities/geneve-tap/tap-admit.c \
	utilities/geneve-tap/tap-admit.h \
	utilities/geneve-tap/tap-alloc.h \
	utilities/geneve-tap/tap-choice.c \
	utilities/geneve-tap/tap-choice.h \
	utilities/geneve-tap/tap-config.c \
	utilities/geneve-tap/tap-config.h \
	utilities/geneve-tap/tap-device.c \
	utilities/geneve-tap/tap-device.h \
	utilities/geneve-tap/tap-http.c \
	utilities/geneve-tap/tap-http.h \
	utilities/geneve-tap/tap-json.c \
	utilities/geneve-tap/tap-json.h \
	utilities/geneve-tap/tap-learn.c \
	utilities/geneve-tap/tap-learn.h \
	utilities/geneve-tap/tap-merge.c \
	utilities/geneve-tap/tap-merge.h \
	utilities/geneve-tap/tap-negotiate.c \
	utilities/geneve-tap/tap-negotiate.h \
	utilities/geneve-tap/tap-options.c \
	utilities/geneve-tap/tap-options.h \
	utilities/geneve-tap/tap-own-nve.c \
	utilities/geneve-tap/tap-own-nve.h \
	utilities/geneve-tap/tap-packet.c \
	utilities/geneve-tap/tap-packet.h \
	utilities/geneve-tap/tap-peers.c \
	utilities/geneve-tap/tap-peers.h \
	utilities/geneve-tap/tap-receive.c \
	utilities/geneve-tap/tap-receive.h \
	utilities/geneve-tap/tap-register.c \
	utilities/geneve-tap/tap-register.h \
	utilities/geneve-tap/tap-remote.c \
	utilities/geneve-tap/tap-remote.h \
	utilities/geneve-tap/tap-segment.c \
	utilities/geneve-tap/tap-segment.h \
	utilities/geneve-tap/tap-send.c \
	utilities/geneve-tap/tap-send.h \
	utilities/geneve-tap/tap-socket.c \
	utilities/geneve-tap/tap-socket.h \
	utilities/geneve-tap/tap-stats.c \
	utilities/geneve-tap/tap-stats.h \
	utilities/geneve-tap/tap-table.c \
	utilities/geneve-tap/tap-table.h \
	utilities/geneve-tap/tap-too-big.c \
	utilities/geneve-tap/tap-too-big.h \
	utilities/geneve-tap/tap-xalloc.c
utilities_geneve_tap_libgenevetap_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

sbin_PROGRAMS += utilities/geneve-tap/geneve-tap
utilities_geneve_tap_geneve_tap_SOURCES = \
	utilities/geneve-tap/geneve-tap.c
utilities_geneve_tap_geneve_tap_LDADD = \
	utilities/geneve-tap/libgenevetap.a lib/libga.a \
	utilities/geneve-tap/libgenevetap.a $(JANSSON_LIBS) $(CURL_LIBS)

dist_man_MANS += utilities/geneve-tap/geneve-tap.8
systemdsystemunit_DATA += utilities/geneve-tap/geneve-tap@.service
endif
