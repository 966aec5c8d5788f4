# tests/: unit tests here; the end-to-end tests in tests/e2e/ need root and
# run from tests/run only.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	GA_SRCDIR='$(abs_top_srcdir)'; export GA_SRCDIR;
AM_CFLAGS += $(CMOCKA_CFLAGS)

# What programs of tests are linked with, unless they say otherwise.
LDADD = agent/libagent.a $(UNIT_LIBS) $(CURL_LIBS)
UNIT_LIBS = lib/libga.a $(OVS_LIBS) $(CMOCKA_LIBS)

# All that tests need, without running any.
.PHONY: check-programs
check-programs: $(check_PROGRAMS)

check-local: check-rooms check-style
.PHONY: check-rooms check-style
check-rooms:
	$(top_srcdir)/tests/rooms
check-style:
	$(top_srcdir)/tests/style

# For clangd and the like.  Nothing is compiled.  Without the last variable,
# -B would empty the files that say which headers an object depends on: make
# updates what it includes even with -n.
CLEANFILES += compile_commands.json
.PHONY: compile_commands.json
compile_commands.json: $(GENERATED)
	$(MAKE) -nB V=1 -o Makefile am__depfiles_remade= $(LIBRARIES) $(PROGRAMS) \
		$(check_LIBRARIES) $(check_PROGRAMS) | \
		$(top_srcdir)/tests/compile-commands >$@.tmp && mv $@.tmp $@

# Unit tests, one name a line.  The source of tests/unit/foo-test is
# tests/unit/foo-test.c; only those with more say so below.
if HAVE_JANSSON
tap_tests = tests/unit/geneve-tap-test tests/unit/tap-negotiate-test \
	tests/unit/tap-peers-test
endif
unit_tests = \
	tests/unit/address-book-test \
	tests/unit/alarms-test \
	tests/unit/bad-server-test \
	tests/unit/bridge-config-test \
	tests/unit/bridge-link-test \
	tests/unit/claims-test \
	tests/unit/controller-test \
	tests/unit/ct-limits-test \
	tests/unit/ct-zones-test \
	tests/unit/damping-test \
	tests/unit/db-silence-test \
	tests/unit/dhcp4-test \
	tests/unit/dhcp6-test \
	tests/unit/disks-test \
	tests/unit/dns-message-test \
	tests/unit/dp-drops-test \
	tests/unit/endpoint-phase-test \
	tests/unit/effect-test \
	tests/unit/endpoint-decode-test \
	tests/unit/ext-neighbor-test \
	tests/unit/file-source-test \
	tests/unit/flow-pattern-test \
	tests/unit/flow-reply-test \
	tests/unit/flow-stencil-test \
	tests/unit/flow-table-random-test \
	tests/unit/flow-table-refusals-test \
	tests/unit/flow-table-test \
	tests/unit/gateway-place-test \
	tests/unit/geneve-test \
	$(tap_tests) \
	tests/unit/golden-test \
	tests/unit/group-sync-test \
	tests/unit/health-check-test \
	tests/unit/history-test \
	tests/unit/icmp-error-test \
	tests/unit/icmp-nat-test \
	tests/unit/index-map-test \
	tests/unit/interest-test \
	tests/unit/interference-test \
	tests/unit/json-pool-test \
	tests/unit/json-util-test \
	tests/unit/labeller-numbers-test \
	tests/unit/list-watch-test \
	tests/unit/log-tail-test \
	tests/unit/members-test \
	tests/unit/meter-sync-test \
	tests/unit/model-gateway-test \
	tests/unit/model-lb-test \
	tests/unit/model-nve-test \
	tests/unit/model-policy-test \
	tests/unit/model-qos-test \
	tests/unit/model-route-test \
	tests/unit/model-test \
	tests/unit/mtu-counts-test \
	tests/unit/mtu-request-test \
	tests/unit/name-dispute-test \
	tests/unit/nd-ra-test \
	tests/unit/nat-zones-test \
	tests/unit/negotiation-random-test \
	tests/unit/negotiation-test \
	tests/unit/neigh-cache-test \
	tests/unit/nvad-admit-test \
	tests/unit/nvad-limits-test \
	tests/unit/nvad-selector-test \
	tests/unit/nvad-store-test \
	tests/unit/nve-decode-test \
	tests/unit/object-writer-test \
	tests/unit/objects-test \
	tests/unit/old-flows-test \
	tests/unit/option-test \
	tests/unit/order-groups-test \
	tests/unit/path-down-test \
	tests/unit/plan-restrict-test \
	tests/unit/planner-test \
	tests/unit/plugs-test \
	tests/unit/poison-policy-test \
	tests/unit/policy-label-test \
	tests/unit/policy-test \
	tests/unit/printable-test \
	tests/unit/probe-frame-test \
	tests/unit/ra-schedule-test \
	tests/unit/receive-file-test \
	tests/unit/recv-table-test \
	tests/unit/reflector-test \
	tests/unit/refusals-test \
	tests/unit/remote-paths-test \
	tests/unit/replicas-test \
	tests/unit/resource-load-balancer-test \
	tests/unit/resource-nve-test \
	tests/unit/resource-test \
	tests/unit/resource-vpc-test \
	tests/unit/rest-stream-test \
	tests/unit/rest-test \
	tests/unit/rest-tls-test \
	tests/unit/routes-test \
	tests/unit/saved-state-test \
	tests/unit/scenario-test \
	tests/unit/selector-index-test \
	tests/unit/settings-test \
	tests/unit/show-reply-test \
	tests/unit/source-set-test \
	tests/unit/status-patch-test \
	tests/unit/subnet-services-test \
	tests/unit/switch-config-test \
	tests/unit/tcp-reset-test \
	tests/unit/text-table-test \
	tests/unit/tlv-plan-test \
	tests/unit/tlv-sync-test \
	tests/unit/trace-parse-test \
	tests/unit/trace-pass-test \
	tests/unit/tunnel-bfd-test \
	tests/unit/tunnel-key-test \
	tests/unit/tunnel-numbers-test \
	tests/unit/udp-frame-test \
	tests/unit/value-test \
	tests/unit/vni-rest-test \
	tests/unit/vpc-policy-test \
	tests/unit/vswitchd-ctl-test \
	tests/unit/withdrawal-test \
	tests/unit/write-gate-test

# Some include it.
$(unit_tests:%=%.$(OBJEXT)): schemas/vswitch-idl.h

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

http_server = tests/unit/http-server.c tests/unit/http-server.h
tests_unit_controller_test_SOURCES = \
	tests/unit/controller-test.c $(http_server)
tests_unit_interest_test_SOURCES = \
	tests/unit/fake-local.c \
	tests/unit/fake-local.h \
	tests/unit/fake-ofctrl.c \
	tests/unit/fake-ofctrl.h \
	tests/unit/interest-test.c $(http_server)
tests_unit_object_writer_test_SOURCES = \
	tests/unit/object-server.c \
	tests/unit/object-server.h \
	tests/unit/object-writer-test.c $(http_server)
tests_unit_bad_server_test_SOURCES = \
	tests/unit/bad-server-test.c $(http_server)
tests_unit_reflector_test_SOURCES = \
	tests/unit/reflector-test.c $(http_server)
tests_unit_rest_stream_test_SOURCES = \
	tests/unit/rest-fixture.h \
	tests/unit/rest-stream-test.c $(http_server)
tests_unit_rest_test_SOURCES = \
	tests/unit/rest-fixture.h \
	tests/unit/rest-test.c $(http_server)
tests_unit_rest_tls_test_LDADD = $(LDADD) $(MICROHTTPD_LIBS)

nvad_libs = utilities/nvad/libnvad.a $(UNIT_LIBS) $(MICROHTTPD_LIBS) \
	$(GNUTLS_LIBS)
tests_unit_nvad_admit_test_LDADD = $(nvad_libs)
tests_unit_nvad_limits_test_LDADD = $(nvad_libs)
tests_unit_nvad_selector_test_LDADD = $(nvad_libs)
tests_unit_nvad_store_test_LDADD = $(nvad_libs)

tests_unit_labeller_numbers_test_LDADD = utilities/labeller/liblabeller.a \
	$(UNIT_LIBS)
tests_unit_text_table_test_LDADD = utilities/agentctl/libagentctl.a \
	$(UNIT_LIBS)

# Not with Open vSwitch's library, as the program.
geneve_tap_libs = utilities/geneve-tap/libgenevetap.a lib/libga.a \
	utilities/geneve-tap/libgenevetap.a $(JANSSON_LIBS) $(CMOCKA_LIBS)
tests_unit_geneve_tap_test_LDADD = $(geneve_tap_libs)
tests_unit_tap_negotiate_test_LDADD = $(geneve_tap_libs)
tests_unit_tap_peers_test_LDADD = $(geneve_tap_libs)

# The whole agent, between a file with objects and the fakes of its ends.
fake_ends = \
	tests/unit/case-objects.c \
	tests/unit/case-objects.h \
	tests/unit/fake-local.c \
	tests/unit/fake-local.h \
	tests/unit/fake-ofctrl.c \
	tests/unit/fake-ofctrl.h

# Flows: a model in, flows as text out.
tests_unit_golden_test_SOURCES = \
	$(fake_ends) \
	tests/unit/flow-eval.c \
	tests/unit/flow-eval.h \
	tests/unit/flow-fixture.c \
	tests/unit/flow-fixture.h \
	tests/unit/flow-lookup.c \
	tests/unit/flow-lookup.h \
	tests/unit/flow-show.c \
	tests/unit/flow-show.h \
	tests/unit/flow-text.c \
	tests/unit/flow-text.h \
	tests/unit/golden-test.c
tests_unit_remote_paths_test_SOURCES = \
	$(fake_ends) \
	tests/unit/remote-paths-test.c
tests_unit_remote_paths_test_LDFLAGS = -Wl,--wrap=time_msec
tests_unit_history_test_SOURCES = \
	$(fake_ends) \
	tests/unit/history-test.c
tests_unit_history_test_LDFLAGS = -Wl,--wrap=time_msec
tests_unit_golden_test_LDFLAGS = -Wl,--wrap=time_msec
tests_unit_model_lb_test_LDFLAGS = -Wl,--wrap=time_msec
tests_unit_show_reply_test_LDFLAGS = -Wl,--wrap=time_msec

# Fuzzing: see tests/fuzz/fuzz.h.  Each target is a program of its own, one
# name a line; the source of tests/fuzz/foo is tests/fuzz/foo.c.
if HAVE_JANSSON
tap_fuzz_targets = tests/fuzz/geneve-tap tests/fuzz/tap-peers
endif
fuzz_targets = \
	tests/fuzz/dhcp4 \
	tests/fuzz/dhcp6 \
	tests/fuzz/dns-message \
	tests/fuzz/dp-drops \
	tests/fuzz/file-content \
	tests/fuzz/geneve \
	$(tap_fuzz_targets) \
	tests/fuzz/health-check \
	tests/fuzz/icmp-error \
	tests/fuzz/icmp-nat \
	tests/fuzz/json \
	tests/fuzz/label-selector \
	tests/fuzz/list-page \
	tests/fuzz/nd-ra \
	tests/fuzz/nvad-api \
	tests/fuzz/nvad-http \
	tests/fuzz/nvad-selector \
	tests/fuzz/packet-in \
	tests/fuzz/recv-table \
	tests/fuzz/resource \
	tests/fuzz/scenario \
	tests/fuzz/state-file \
	tests/fuzz/trace \
	tests/fuzz/udp-frame \
	tests/fuzz/watch-event
check_PROGRAMS += $(fuzz_targets)
check_LIBRARIES += tests/fuzz/libfuzz.a
tests_fuzz_libfuzz_a_SOURCES = \
	tests/fuzz/fuzz-input.c \
	tests/fuzz/fuzz-kind.c \
	tests/fuzz/fuzz-kind.h \
	tests/fuzz/fuzz-nvad.c \
	tests/fuzz/fuzz-nvad.h \
	tests/fuzz/fuzz.c \
	tests/fuzz/fuzz.h
fuzz_libs = tests/fuzz/libfuzz.a $(FUZZ_ENGINE) $(LDADD)
tests_fuzz_dhcp4_LDADD = $(fuzz_libs)
tests_fuzz_dhcp6_LDADD = $(fuzz_libs)
tests_fuzz_dns_message_LDADD = $(fuzz_libs)
tests_fuzz_dp_drops_LDADD = $(fuzz_libs)
tests_fuzz_file_content_LDADD = $(fuzz_libs)
tests_fuzz_geneve_LDADD = $(fuzz_libs)
tests_fuzz_geneve_tap_LDADD = utilities/geneve-tap/libgenevetap.a $(fuzz_libs)
tests_fuzz_health_check_LDADD = $(fuzz_libs)
tests_fuzz_icmp_error_LDADD = $(fuzz_libs)
tests_fuzz_icmp_nat_LDADD = $(fuzz_libs)
tests_fuzz_json_LDADD = $(fuzz_libs)
tests_fuzz_label_selector_LDADD = $(fuzz_libs)
tests_fuzz_list_page_LDADD = $(fuzz_libs)
tests_fuzz_nd_ra_LDADD = $(fuzz_libs)
tests_fuzz_nvad_api_LDADD = tests/fuzz/libfuzz.a $(FUZZ_ENGINE) $(nvad_libs)
tests_fuzz_nvad_http_LDADD = tests/fuzz/libfuzz.a $(FUZZ_ENGINE) $(nvad_libs)
tests_fuzz_nvad_selector_LDADD = tests/fuzz/libfuzz.a $(FUZZ_ENGINE) $(nvad_libs)
tests_fuzz_packet_in_LDADD = $(fuzz_libs)
tests_fuzz_recv_table_LDADD = $(fuzz_libs)
tests_fuzz_resource_LDADD = $(fuzz_libs)
tests_fuzz_scenario_LDADD = $(fuzz_libs)
tests_fuzz_state_file_LDADD = $(fuzz_libs)
tests_fuzz_trace_LDADD = $(fuzz_libs)
# Not with Open vSwitch's library, whose JSON it would get.
tests_fuzz_tap_peers_LDADD = tests/fuzz/libfuzz.a $(FUZZ_ENGINE) \
	$(geneve_tap_libs)
tests_fuzz_udp_frame_LDADD = $(fuzz_libs)
tests_fuzz_watch_event_LDADD = $(fuzz_libs)

# `make fuzz' needs clang, and takes FUZZ_SECONDS for each target.  Without it,
# `make check' goes through the inputs that are kept.
FUZZ_SECONDS = 3600
.PHONY: fuzz
if FUZZING
fuzz: $(fuzz_targets)
	$(top_srcdir)/tests/fuzz/run $(FUZZ_SECONDS) $(fuzz_targets)
else
tests_fuzz_libfuzz_a_SOURCES += tests/fuzz/replay.c
TESTS += $(fuzz_targets)
fuzz:
	$(MKDIR_P) fuzzing
	cd fuzzing && { test -f Makefile || $(abs_top_srcdir)/configure \
		$(AM_DISTCHECK_CONFIGURE_FLAGS) --enable-fuzzing CC=clang \
		CFLAGS='-O1 -g'; }
	$(MAKE) -C fuzzing fuzz FUZZ_SECONDS='$(FUZZ_SECONDS)'
endif

# Drivers of a part of the agent, for the end-to-end tests and the bench, and
# traffic that is counted.
check_PROGRAMS += tests/local-driver tests/ofctrl-driver tests/traffic

# Measures.
check_PROGRAMS += tests/bench/listener tests/bench/load tests/bench/measure \
	tests/bench/plans

# Readers of JSON, each with one library.
json_main = tests/bench/json-main.c tests/bench/json-reader.h
json_readers = tests/bench/json-ovs
tests_bench_json_ovs_SOURCES = $(json_main) tests/bench/json-ovs.c
tests_bench_json_ovs_LDADD = $(OVS_LIBS)
if HAVE_JANSSON
json_readers += tests/bench/json-jansson
tests_bench_json_jansson_SOURCES = $(json_main) tests/bench/json-jansson.c
tests_bench_json_jansson_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_bench_json_jansson_LDADD = $(JANSSON_LIBS)
endif
if HAVE_YAJL
json_readers += tests/bench/json-yajl
tests_bench_json_yajl_SOURCES = $(json_main) tests/bench/json-yajl.c
tests_bench_json_yajl_CFLAGS = $(AM_CFLAGS) $(YAJL_CFLAGS)
tests_bench_json_yajl_LDADD = $(YAJL_LIBS)
endif
check_PROGRAMS += $(json_readers)

# `make bench BENCH_FLAGS=--help` tells more.
.PHONY: bench
bench: all tests/ofctrl-driver tests/bench/listener tests/bench/measure \
		tests/bench/plans $(json_readers)
	GA_BUILDDIR='$(abs_top_builddir)' /usr/bin/python3 \
		$(top_srcdir)/tests/bench/bench.py $(BENCH_FLAGS)
	tests/bench/plans

# What faults cost, in packets, next to a run without; needs root.
# BENCH_FLAGS: --repeat 1, or names of faults, see the program.
.PHONY: bench-faults
bench-faults: all tests/traffic
	GA_BUILDDIR='$(abs_top_builddir)' /usr/bin/python3 \
		$(top_srcdir)/tests/bench/bench_faults.py $(BENCH_FLAGS)

# What a packet costs, next to plain Geneve; needs root.  BENCH_FLAGS:
# --rounds 5, --only policy and the like, see the program.
.PHONY: bench-datapath
bench-datapath: all tests/bench/load
	GA_BUILDDIR='$(abs_top_builddir)' /usr/bin/python3 \
		$(top_srcdir)/tests/bench/bench_datapath.py $(BENCH_FLAGS)

# How long endpoints wait for DHCP and names; needs root.  BENCH_FLAGS:
# --flood, see the program.
.PHONY: bench-dhcp
bench-dhcp: all
	GA_BUILDDIR='$(abs_top_builddir)' /usr/bin/python3 \
		$(top_srcdir)/tests/bench/bench_dhcp.py $(BENCH_FLAGS)

# What nvad costs: lists, watchers and changes.  BENCH_FLAGS: --endpoints 10000
# and the like, see the program.
.PHONY: bench-nvad
bench-nvad: all
	GA_BUILDDIR='$(abs_top_builddir)' /usr/bin/python3 \
		$(top_srcdir)/tests/bench/bench_nvad.py $(BENCH_FLAGS)

# Changes that come faster than they can be followed, and none at all.
# BENCH_FLAGS: --seconds 10 and the like, see the program.
.PHONY: bench-storm
bench-storm: all
	GA_BUILDDIR='$(abs_top_builddir)' /usr/bin/python3 \
		$(top_srcdir)/tests/bench/bench_storm.py $(BENCH_FLAGS)

# ovn-controller beside the agent; needs ovn-central and ovn-host, see the
# program.  BENCH_FLAGS: --endpoints 1000 and the like.
.PHONY: bench-ovn
bench-ovn: all tests/bench/measure
	GA_BUILDDIR='$(abs_top_builddir)' /usr/bin/python3 \
		$(top_srcdir)/tests/bench/bench_ovn.py $(BENCH_FLAGS)

# geneve-tap beside a loop of single reads and writes, and beside the kernel's
# geneve device, if there is one; needs root.
.PHONY: bench-tap
if HAVE_JANSSON
check_PROGRAMS += tests/bench/tap-traffic
tests_bench_tap_traffic_LDADD =
bench-tap: utilities/geneve-tap/geneve-tap tests/bench/tap-traffic
	GA_BUILDDIR='$(abs_top_builddir)' /usr/bin/python3 \
		$(top_srcdir)/tests/bench/bench_tap.py $(BENCH_FLAGS)
endif

# Several hundred changes under steady traffic; needs root, and a machine that
# does nothing else.  LOSSFREE_FLAGS: GA_SEED=4 and the like, see the test.
.PHONY: check-lossfree
check-lossfree: all tests/traffic
	GA_BUILDDIR='$(abs_top_builddir)' GA_CHANGES=400 GA_SEED=random \
		$(LOSSFREE_FLAGS) /usr/bin/python3 -m pytest -p no:cacheprovider \
		-s $(abs_top_srcdir)/tests/e2e/test_lossfree.py

# A hundred failovers of a gateway under the eyes of who asks for its address,
# and more connections than an address has ports; needs root, and a machine
# that does nothing else.
.PHONY: check-gateways
check-gateways: all tests/traffic
	GA_BUILDDIR='$(abs_top_builddir)' GA_FAILOVERS=100 GA_EXHAUST=1 \
		/usr/bin/python3 -m pytest -p no:cacheprovider -ra -s \
		$(abs_top_srcdir)/tests/e2e/test_gateway.py \
		$(abs_top_srcdir)/tests/e2e/test_gateway_failover.py

# On the kernel's datapath; needs root and a kernel with these modules.  Slow
# machines, such as virtual ones, get more time.
# GA_TEST_SLOWNESS=10 and the like, on an emulated machine.
KERNEL_TESTS = agreement values labels mtu routing routes policy \
	policy_egress policy_table gateway gateway_failover fip nat_errors dhcp \
	services services_ns services_ns_changes qos health other_nves
.PHONY: check-kernel
check-kernel: all tests/traffic
	modprobe -a openvswitch vport_geneve geneve cls_flower act_tunnel_key \
		act_mirred sch_ingress
	GA_BUILDDIR='$(abs_top_builddir)' GA_TEST_KERNEL=1 \
		GA_TEST_PATIENCE=60 GA_SANDBOX_DEADLINE=300 \
		/usr/bin/python3 -m pytest -p no:cacheprovider -ra \
		$(KERNEL_TESTS:%=$(abs_top_srcdir)/tests/e2e/test_%.py)

# Churn and faults, and whether anything is left behind; needs root.
# SOAK_FLAGS: --seed=7 and the like, see the program.
SOAK_SECONDS = 1800
.PHONY: soak
soak: all tests/traffic
	GA_BUILDDIR='$(abs_top_builddir)' /usr/bin/python3 \
		$(top_srcdir)/tests/soak/soak.py --seconds $(SOAK_SECONDS) \
		$(SOAK_FLAGS)

# One name a line.
EXTRA_DIST += \
	tests/bench/bench.py \
	tests/bench/bench_agent.py \
	tests/bench/bench_change.py \
	tests/bench/bench_datapath.py \
	tests/bench/bench_dhcp.py \
	tests/bench/bench_faults.py \
	tests/bench/bench_json.py \
	tests/bench/bench_migration.py \
	tests/bench/bench_nvad.py \
	tests/bench/bench_ovn.py \
	tests/bench/bench_services.py \
	tests/bench/bench_storm.py \
	tests/bench/bench_tap.py \
	tests/bench/fake_controller.py \
	tests/bench/plot.py \
	tests/compile-commands \
	tests/e2e/agentctl_command.py \
	tests/e2e/bad_server.py \
	tests/e2e/conftest.py \
	tests/e2e/control.py \
	tests/e2e/fake_agentd.py \
	tests/e2e/gateways.py \
	tests/e2e/lab.py \
	tests/e2e/local_node.py \
	tests/e2e/lossfree.py \
	tests/e2e/nvad_server.py \
	tests/e2e/nvadlib.py \
	tests/e2e/of_relay.py \
	tests/e2e/ofctrl_driver.py \
	tests/e2e/ovs.py \
	tests/e2e/pings.py \
	tests/e2e/policies.py \
	tests/e2e/policy_shop.py \
	tests/e2e/probes.py \
	tests/e2e/servers.py \
	tests/e2e/services_outside.py \
	tests/e2e/stopping.py \
	tests/e2e/tap_host.py \
	tests/e2e/test_agentctl_daemon.py \
	tests/e2e/test_agentctl_decode.py \
	tests/e2e/test_agentctl_scenario.py \
	tests/e2e/test_agentctl_tables.py \
	tests/e2e/test_agentctl_usage.py \
	tests/e2e/test_agreement.py \
	tests/e2e/test_attachments.py \
	tests/e2e/test_bad_input.py \
	tests/e2e/test_bum.py \
	tests/e2e/test_cost.py \
	tests/e2e/test_dhcp.py \
	tests/e2e/test_ext_neighbors.py \
	tests/e2e/test_external_status.py \
	tests/e2e/test_fault_address.py \
	tests/e2e/test_fault_controller.py \
	tests/e2e/test_fault_health.py \
	tests/e2e/test_fault_identity.py \
	tests/e2e/test_fault_node.py \
	tests/e2e/test_fault_nvad.py \
	tests/e2e/test_fault_switch.py \
	tests/e2e/test_file_source.py \
	tests/e2e/test_fip.py \
	tests/e2e/test_flapping.py \
	tests/e2e/test_gateway.py \
	tests/e2e/test_gateway_failover.py \
	tests/e2e/test_geneve_tap.py \
	tests/e2e/test_health.py \
	tests/e2e/test_index_hygiene.py \
	tests/e2e/test_ipv6.py \
	tests/e2e/test_labels.py \
	tests/e2e/test_local_database.py \
	tests/e2e/test_local_interfaces.py \
	tests/e2e/test_local_settings.py \
	tests/e2e/test_local_shared_ports.py \
	tests/e2e/test_local_tunnels.py \
	tests/e2e/test_lossfree.py \
	tests/e2e/test_moves.py \
	tests/e2e/test_mtu.py \
	tests/e2e/test_nat_errors.py \
	tests/e2e/test_neighbor.py \
	tests/e2e/test_nvad_checks.py \
	tests/e2e/test_nvad_crash.py \
	tests/e2e/test_nvad_gateways.py \
	tests/e2e/test_nvad_lists.py \
	tests/e2e/test_nvad_objects.py \
	tests/e2e/test_nvad_requests.py \
	tests/e2e/test_nvad_schemas.py \
	tests/e2e/test_nvad_start.py \
	tests/e2e/test_nvad_watch.py \
	tests/e2e/test_ofctrl_bundles.py \
	tests/e2e/test_ofctrl_flows.py \
	tests/e2e/test_ofctrl_groups.py \
	tests/e2e/test_ofctrl_interference.py \
	tests/e2e/test_ofctrl_no_monitor.py \
	tests/e2e/test_ofctrl_patience.py \
	tests/e2e/test_ofctrl_refusals.py \
	tests/e2e/test_ofctrl_restarts.py \
	tests/e2e/test_ofctrl_tlv_map.py \
	tests/e2e/test_other_nves.py \
	tests/e2e/test_outer.py \
	tests/e2e/test_packaging.py \
	tests/e2e/test_plan_bridges.py \
	tests/e2e/test_plan_bridges_wire.py \
	tests/e2e/test_plans.py \
	tests/e2e/test_poisoning.py \
	tests/e2e/test_policy.py \
	tests/e2e/test_policy_edges.py \
	tests/e2e/test_policy_egress.py \
	tests/e2e/test_policy_table.py \
	tests/e2e/test_qos.py \
	tests/e2e/test_reception.py \
	tests/e2e/test_refusal.py \
	tests/e2e/test_restart.py \
	tests/e2e/test_routes.py \
	tests/e2e/test_routing.py \
	tests/e2e/test_sandbox.py \
	tests/e2e/test_services.py \
	tests/e2e/test_services_ns.py \
	tests/e2e/test_services_ns_changes.py \
	tests/e2e/test_seeds.py \
	tests/e2e/test_spoof.py \
	tests/e2e/test_trace.py \
	tests/e2e/test_values.py \
	tests/e2e/test_vxlan.py \
	tests/e2e/test_wire_form.py \
	tests/e2e/test_withdrawal.py \
	tests/e2e/traffic.py \
	tests/e2e/waiting.py \
	tests/e2e/wire.py \
	tests/e2e/world.py \
	tests/fuzz/corpus \
	tests/fuzz/run \
	tests/golden \
	tests/rooms \
	tests/run \
	tests/scenarios/random.json \
	tests/scenarios/scenarios.json \
	tests/soak/churn.py \
	tests/soak/faults.py \
	tests/soak/health.py \
	tests/soak/soak.py \
	tests/style \
	tests/tally \
	tests/traces/further-plan.txt \
	tests/traces/kernel.txt \
	tests/traces/no-match.txt \
	tests/traces/no-route.txt \
	tests/unit/between-ticks.h \
	tests/unit/cpu-time.h \
	tests/unit/fake-clock.h \
	tests/unit/fake-vswitchd.h \
	tests/unit/flow-table-fixture.h \
	tests/unit/hex-bytes.h \
	tests/unit/model-blue.h \
	tests/unit/model-fixture.h \
	tests/unit/model-outside.h \
	tests/unit/model-red.h \
	tests/unit/parse.h \
	tests/unit/resource-check.h \
	tests/unit/scratch-dir.h
