# nvad: all but main() is a library, for the unit tests.
noinst_LIBRARIES += utilities/nvad/libnvad.a
utilities_nvad_libnvad_a_SOURCES = \
	utilities/nvad/admit.c \
	utilities/nvad/admit.h \
	utilities/nvad/api.c \
	utilities/nvad/api.h \
	utilities/nvad/api-access.c \
	utilities/nvad/api-access.h \
	utilities/nvad/api-reply.c \
	utilities/nvad/api-reply.h \
	utilities/nvad/api-status.c \
	utilities/nvad/api-status.h \
	utilities/nvad/auth.c \
	utilities/nvad/auth.h \
	utilities/nvad/checks.c \
	utilities/nvad/checks.h \
	utilities/nvad/db.c \
	utilities/nvad/db.h \
	utilities/nvad/db-check.c \
	utilities/nvad/db-check.h \
	utilities/nvad/db-sync.c \
	utilities/nvad/db-sync.h \
	utilities/nvad/discovery.c \
	utilities/nvad/discovery.h \
	utilities/nvad/external-checks.c \
	utilities/nvad/external-checks.h \
	utilities/nvad/field-validation.c \
	utilities/nvad/field-validation.h \
	utilities/nvad/http-limits.c \
	utilities/nvad/http-limits.h \
	utilities/nvad/http-listen.c \
	utilities/nvad/http-listen.h \
	utilities/nvad/http-request.c \
	utilities/nvad/http-request.h \
	utilities/nvad/http-server.c \
	utilities/nvad/http-server.h \
	utilities/nvad/http-tls.c \
	utilities/nvad/http-tls.h \
	utilities/nvad/list.c \
	utilities/nvad/list.h \
	utilities/nvad/object-list.c \
	utilities/nvad/object-list.h \
	utilities/nvad/object.c \
	utilities/nvad/object.h \
	utilities/nvad/own-labels.c \
	utilities/nvad/own-labels.h \
	utilities/nvad/refs.c \
	utilities/nvad/refs.h \
	utilities/nvad/selector.c \
	utilities/nvad/selector.h \
	utilities/nvad/service-checks.c \
	utilities/nvad/service-checks.h \
	utilities/nvad/store.c \
	utilities/nvad/store.h \
	utilities/nvad/watch.c \
	utilities/nvad/watch.h \
	utilities/nvad/write-queue.c \
	utilities/nvad/write-queue.h
nodist_utilities_nvad_libnvad_a_SOURCES = \
	schemas/nva-idl.c \
	schemas/nva-idl.h
utilities_nvad_libnvad_a_CFLAGS = $(AM_CFLAGS) $(GNUTLS_CFLAGS)

sbin_PROGRAMS += utilities/nvad/nvad
utilities_nvad_nvad_SOURCES = utilities/nvad/nvad.c
utilities_nvad_nvad_LDADD = utilities/nvad/libnvad.a lib/libga.a \
	$(OVS_LIBS) $(MICROHTTPD_LIBS) $(GNUTLS_LIBS)

# schemas/openapi.json as a C string, to serve it.
GENERATED += utilities/nvad/openapi.inc
CLEANFILES += utilities/nvad/openapi.inc
utilities/nvad/openapi.inc: schemas/openapi.json
	$(AM_V_GEN)$(MKDIR_P) utilities/nvad && \
	  sed 's/[\\"]/\\&/g; s/^ */"/; s/$$/\\n"/' \
	    $(srcdir)/schemas/openapi.json > $@.tmp && mv $@.tmp $@

$(utilities_nvad_libnvad_a_OBJECTS): schemas/nva-idl.h \
	utilities/nvad/openapi.inc

dist_man_MANS += utilities/nvad/nvad.8
systemdsystemunit_DATA += \
	utilities/nvad/nva-ovsdb.service \
	utilities/nvad/nvad.service
