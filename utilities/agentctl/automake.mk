# agentctl: what prints is a library, for the unit tests.
noinst_LIBRARIES += utilities/agentctl/libagentctl.a
utilities_agentctl_libagentctl_a_SOURCES = \
	utilities/agentctl/cell.c \
	utilities/agentctl/cell.h \
	utilities/agentctl/print.h \
	utilities/agentctl/print-endpoint.c \
	utilities/agentctl/print-explain.c \
	utilities/agentctl/print-gateway.c \
	utilities/agentctl/print-nat.c \
	utilities/agentctl/print-option.c \
	utilities/agentctl/print-plan.c \
	utilities/agentctl/print-policy.c \
	utilities/agentctl/print-qos.c \
	utilities/agentctl/print-remote.c \
	utilities/agentctl/print-route.c \
	utilities/agentctl/print-service.c \
	utilities/agentctl/print-status.c \
	utilities/agentctl/print-trace.c \
	utilities/agentctl/text.c \
	utilities/agentctl/text.h \
	utilities/agentctl/text-table.c \
	utilities/agentctl/text-table.h

bin_PROGRAMS += utilities/agentctl/agentctl
utilities_agentctl_agentctl_SOURCES = \
	utilities/agentctl/agentctl.c \
	utilities/agentctl/client.c \
	utilities/agentctl/client.h \
	utilities/agentctl/console.c \
	utilities/agentctl/console.h \
	utilities/agentctl/run.h \
	utilities/agentctl/run-daemon.c \
	utilities/agentctl/run-decode.c \
	utilities/agentctl/run-scenario.c
utilities_agentctl_agentctl_LDADD = utilities/agentctl/libagentctl.a \
	lib/libga.a $(OVS_LIBS)

dist_man_MANS += utilities/agentctl/agentctl.8

# The completion is installed under the name of the program that it is for.
bashcompletion_DATA = utilities/bash-completion/agentctl
EXTRA_DIST += utilities/agentctl/completion.bash
CLEANFILES += utilities/bash-completion/agentctl
utilities/bash-completion/agentctl: utilities/agentctl/completion.bash
	$(AM_V_GEN)$(MKDIR_P) utilities/bash-completion && \
	  cp $(srcdir)/utilities/agentctl/completion.bash $@
