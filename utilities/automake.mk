# utilities/

# The sandbox and what it is made of.
EXTRA_DIST += \
	utilities/build-ovs \
	utilities/install-deps \
	utilities/quickstart \
	utilities/quickstart.d/demo \
	utilities/sandbox \
	utilities/sandbox.d/daemons.sh \
	utilities/sandbox.d/endpoint-config \
	utilities/sandbox.d/mtu-watch \
	utilities/sandbox.d/vm.sh

include utilities/labeller/automake.mk
include utilities/nvad/automake.mk

# agentctl.
bin_PROGRAMS += utilities/agentctl
noinst_LIBRARIES += utilities/libagentctl.a
utilities_libagentctl_a_SOURCES = \
	utilities/agentctl-cell.c \
	utilities/agentctl-cell.h \
	utilities/agentctl-policy.c \
	utilities/agentctl-print.c \
	utilities/agentctl-print.h \
	utilities/agentctl-status.c \
	utilities/agentctl-remote.c \
	utilities/agentctl-table.c \
	utilities/agentctl-table.h \
	utilities/agentctl-trace.c
utilities_agentctl_SOURCES = \
	utilities/agentctl.c \
	utilities/agentctl.h \
	utilities/agentctl-client.c \
	utilities/agentctl-client.h \
	utilities/agentctl-decode.c \
	utilities/agentctl-scenario.c
utilities_agentctl_LDADD = utilities/libagentctl.a lib/libga.a $(OVS_LIBS)
dist_man_MANS += \
	utilities/agentctl.8 \
	utilities/geneve-agentd.8

# The completion is installed under the name of the program that it is for.
bashcompletion_DATA = utilities/bash-completion/agentctl
EXTRA_DIST += utilities/agentctl-completion.bash
CLEANFILES += utilities/bash-completion/agentctl
utilities/bash-completion/agentctl: utilities/agentctl-completion.bash
	$(AM_V_GEN)$(MKDIR_P) utilities/bash-completion && \
	  cp $(srcdir)/utilities/agentctl-completion.bash $@

# systemd units.
SUFFIXES = .service .service.in
systemdsystemunit_DATA = \
	utilities/geneve-agentd.service \
	utilities/nva-labeller.service \
	utilities/nva-ovsdb.service \
	utilities/nvad.service
EXTRA_DIST += \
	utilities/geneve-agentd.service.in \
	utilities/nva-labeller.service.in \
	utilities/nva-ovsdb.service.in \
	utilities/nvad.service.in
CLEANFILES += $(systemdsystemunit_DATA)
.service.in.service:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	  sed -e 's,[@]sbindir[@],$(sbindir),g' \
	      -e 's,[@]pkgdatadir[@],$(pkgdatadir),g' $< >$@.tmp && \
	  mv $@.tmp $@
