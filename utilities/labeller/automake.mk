# nva-labeller: all but main() is a library, for the unit tests.  Its REST
# client is the agent's.
noinst_LIBRARIES += utilities/labeller/liblabeller.a
utilities_labeller_liblabeller_a_SOURCES = \
	utilities/labeller/labeller.c \
	utilities/labeller/labeller.h \
	utilities/labeller/numbers.c \
	utilities/labeller/numbers.h

sbin_PROGRAMS += utilities/labeller/nva-labeller
utilities_labeller_nva_labeller_SOURCES = utilities/labeller/nva-labeller.c
utilities_labeller_nva_labeller_LDADD = utilities/labeller/liblabeller.a \
	agent/libagent.a lib/libga.a $(OVS_LIBS) $(CURL_LIBS)

dist_man_MANS += utilities/labeller/nva-labeller.8
systemdsystemunit_DATA += utilities/labeller/nva-labeller.service
