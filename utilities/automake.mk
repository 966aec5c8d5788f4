# utilities/: what one runs from a clone, and a folder for each program.

# The sandbox and what it is made of.
EXTRA_DIST += \
	utilities/build-ovs \
	utilities/install-deps \
	utilities/quickstart \
	utilities/quickstart.d/demo \
	utilities/sandbox \
	utilities/sandbox.d/daemons.sh \
	utilities/sandbox.d/demo-seeds \
	utilities/sandbox.d/demo.sh \
	utilities/sandbox.d/endpoint-config \
	utilities/sandbox.d/mtu-watch \
	utilities/sandbox.d/network.sh \
	utilities/sandbox.d/outside-server \
	utilities/sandbox.d/outside.sh \
	utilities/sandbox.d/seeds.json \
	utilities/sandbox.d/vm.sh

# systemd units, of all programs.
SUFFIXES = .service .service.in
systemdsystemunit_DATA =
EXTRA_DIST += $(systemdsystemunit_DATA:=.in)
CLEANFILES += $(systemdsystemunit_DATA)
.service.in.service:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
	  sed -e 's,[@]sbindir[@],$(sbindir),g' \
	      -e 's,[@]pkgdatadir[@],$(pkgdatadir),g' $< >$@.tmp && \
	  mv $@.tmp $@
systemdsystemunit_DATA += \
	agent/geneve-agentd.service \
	agent/geneve-path-down.service

include utilities/agentctl/automake.mk
include utilities/geneve-tap/automake.mk
include utilities/labeller/automake.mk
include utilities/nvad/automake.mk
