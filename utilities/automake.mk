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

include utilities/nvad/automake.mk
