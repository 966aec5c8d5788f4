# tests/: unit tests here; the end-to-end tests in tests/e2e/ need root and
# run from tests/run only.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	GA_SRCDIR='$(abs_top_srcdir)'; export GA_SRCDIR;
UNIT_LIBS = lib/libga.a $(OVS_LIBS) $(CMOCKA_LIBS)
UNIT_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
EXTRA_DIST += \
	tests/compile-commands \
	tests/e2e/conftest.py \
	tests/e2e/lab.py \
	tests/e2e/local_node.py \
	tests/e2e/ovs.py \
	tests/e2e/test_ofctrl.py \
	tests/e2e/test_agreement.py \
	tests/e2e/test_bad_input.py \
	tests/e2e/test_cost.py \
	tests/e2e/test_fault_nvad.py \
	tests/e2e/test_file_source.py \
	tests/e2e/test_flapping.py \
	tests/e2e/test_neighbor.py \
	tests/e2e/test_reception.py \
	tests/e2e/test_bum.py \
	tests/e2e/test_index_hygiene.py \
	tests/e2e/test_ipv6.py \
	tests/e2e/test_local.py \
	tests/e2e/test_moves.py \
	tests/e2e/test_mtu.py \
	tests/e2e/test_poisoning.py \
	tests/e2e/test_plan_bridges.py \
	tests/e2e/test_plan_bridges_wire.py \
	tests/e2e/policies.py \
	tests/e2e/test_policy.py \
	tests/e2e/test_policy_edges.py \
	tests/e2e/test_refusal.py \
	tests/e2e/test_restart.py \
	tests/e2e/test_routing.py \
	tests/e2e/test_sandbox.py \
	tests/e2e/test_spoof.py \
	tests/e2e/test_wire_form.py \
	tests/e2e/test_values.py \
	tests/e2e/test_withdrawal.py \
	tests/e2e/waiting.py \
	tests/e2e/wire.py \
	tests/e2e/world.py \
	tests/rooms \
	tests/run \
	tests/style \
	tests/tally \
	tests/scenarios/random.json \
	tests/scenarios/scenarios.json

# All that tests need, without running any.
.PHONY: check-programs
check-programs: $(check_PROGRAMS)

check-local: check-rooms check-style
.PHONY: check-rooms check-style
check-rooms:
	$(top_srcdir)/tests/rooms
check-style:
	$(top_srcdir)/tests/style

# For clangd and the like.  Nothing is compiled.
CLEANFILES += compile_commands.json
.PHONY: compile_commands.json
compile_commands.json: $(BUILT_SOURCES)
	$(MAKE) -nB V=1 -o Makefile $(LIBRARIES) $(PROGRAMS) \
		$(check_LIBRARIES) $(check_PROGRAMS) | \
		$(top_srcdir)/tests/compile-commands >$@.tmp && mv $@.tmp $@

unit_tests = \
	tests/unit/option-test

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif

tests_unit_option_test_SOURCES = tests/unit/option-test.c
tests_unit_option_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_option_test_LDADD = $(UNIT_LIBS)

# Replication.
unit_tests += \
	tests/unit/interference-test \
	tests/unit/meter-sync-test \
	tests/unit/replicas-test

tests_unit_interference_test_SOURCES = tests/unit/interference-test.c
tests_unit_interference_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_interference_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_meter_sync_test_SOURCES = tests/unit/meter-sync-test.c
tests_unit_meter_sync_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_meter_sync_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_replicas_test_SOURCES = tests/unit/replicas-test.c
tests_unit_replicas_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_replicas_test_LDADD = $(UNIT_LIBS)

# ICMP errors.
unit_tests += tests/unit/icmp-error-test

tests_unit_icmp_error_test_SOURCES = tests/unit/icmp-error-test.c
tests_unit_icmp_error_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_icmp_error_test_LDADD = $(UNIT_LIBS)

# Agent: objects, alarms, the local database.
unit_tests += \
	tests/unit/alarms-test \
	tests/unit/objects-test \
	tests/unit/plugs-test \
	tests/unit/settings-test \
	tests/unit/tunnel-key-test \
	tests/unit/write-gate-test

tests_unit_alarms_test_SOURCES = tests/unit/alarms-test.c
tests_unit_alarms_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_alarms_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_objects_test_SOURCES = tests/unit/objects-test.c
tests_unit_objects_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_objects_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_plugs_test_SOURCES = tests/unit/plugs-test.c
tests_unit_plugs_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plugs_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_settings_test_SOURCES = tests/unit/settings-test.c
tests_unit_settings_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_settings_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_tunnel_key_test_SOURCES = tests/unit/tunnel-key-test.c
tests_unit_tunnel_key_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_tunnel_key_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_write_gate_test_SOURCES = tests/unit/write-gate-test.c
tests_unit_write_gate_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_write_gate_test_LDADD = agent/libagent.a $(UNIT_LIBS)

# local-driver lets the end-to-end tests drive it against a real database.
check_PROGRAMS += tests/local-driver
tests_local_driver_SOURCES = tests/local-driver.c
tests_local_driver_LDADD = agent/libagent.a lib/libga.a $(OVS_LIBS)

# Resources and JSON.
unit_tests += \
	tests/unit/json-util-test \
	tests/unit/members-test \
	tests/unit/policy-test \
	tests/unit/resource-test \
	tests/unit/policy-label-test \
	tests/unit/value-test \
	tests/unit/vpc-policy-test

tests_unit_policy_test_SOURCES = tests/unit/policy-test.c
tests_unit_policy_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_test_LDADD = $(UNIT_LIBS)
tests_unit_json_util_test_SOURCES = tests/unit/json-util-test.c
tests_unit_json_util_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_json_util_test_LDADD = $(UNIT_LIBS)
tests_unit_members_test_SOURCES = tests/unit/members-test.c tests/unit/parse.h
tests_unit_members_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_members_test_LDADD = $(UNIT_LIBS)
tests_unit_resource_test_SOURCES = tests/unit/resource-test.c
tests_unit_resource_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_resource_test_LDADD = $(UNIT_LIBS)
tests_unit_policy_label_test_SOURCES = tests/unit/policy-label-test.c
tests_unit_policy_label_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_label_test_LDADD = $(UNIT_LIBS)
tests_unit_value_test_SOURCES = tests/unit/value-test.c
tests_unit_value_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_value_test_LDADD = $(UNIT_LIBS)
tests_unit_vpc_policy_test_SOURCES = tests/unit/vpc-policy-test.c
tests_unit_vpc_policy_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_vpc_policy_test_LDADD = $(UNIT_LIBS)

# The agent's controller side.
unit_tests += \
	tests/unit/controller-test \
	tests/unit/file-source-test \
	tests/unit/list-watch-test \
	tests/unit/object-writer-test \
	tests/unit/reflector-test \
	tests/unit/rest-test \
	tests/unit/rest-tls-test

controller_test_libs = agent/libagent.a $(UNIT_LIBS) $(CURL_LIBS)
tests_unit_controller_test_SOURCES = \
	tests/unit/controller-test.c \
	tests/unit/http-server.c \
	tests/unit/http-server.h
tests_unit_controller_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_controller_test_LDADD = $(controller_test_libs)
tests_unit_file_source_test_SOURCES = tests/unit/file-source-test.c
tests_unit_file_source_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_file_source_test_LDADD = $(controller_test_libs)
tests_unit_list_watch_test_SOURCES = tests/unit/list-watch-test.c
tests_unit_list_watch_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_list_watch_test_LDADD = $(controller_test_libs)
tests_unit_object_writer_test_SOURCES = \
	tests/unit/http-server.c \
	tests/unit/http-server.h \
	tests/unit/object-writer-test.c
tests_unit_object_writer_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_object_writer_test_LDADD = $(controller_test_libs)
tests_unit_reflector_test_SOURCES = \
	tests/unit/http-server.c \
	tests/unit/http-server.h \
	tests/unit/reflector-test.c
tests_unit_reflector_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_reflector_test_LDADD = $(controller_test_libs)
tests_unit_rest_test_SOURCES = \
	tests/unit/http-server.c \
	tests/unit/http-server.h \
	tests/unit/rest-test.c
tests_unit_rest_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_rest_test_LDADD = $(controller_test_libs)
tests_unit_rest_tls_test_SOURCES = tests/unit/rest-tls-test.c
tests_unit_rest_tls_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_rest_tls_test_LDADD = $(controller_test_libs) $(MICROHTTPD_LIBS)

# OpenFlow.  ofctrl-driver lets the end-to-end tests and the bench drive the
# agent's OpenFlow part alone.
check_PROGRAMS += tests/ofctrl-driver
tests_ofctrl_driver_SOURCES = tests/ofctrl-driver.c
tests_ofctrl_driver_LDADD = agent/libagent.a lib/libga.a $(OVS_LIBS)
check_PROGRAMS += tests/bench/measure
tests_bench_measure_SOURCES = tests/bench/measure.c
check_PROGRAMS += tests/bench/plans
tests_bench_plans_SOURCES = tests/bench/plans.c
tests_bench_plans_LDADD = agent/libagent.a lib/libga.a $(OVS_LIBS) $(CURL_LIBS)
EXTRA_DIST += \
	tests/bench/bench.py \
	tests/bench/bench_agent.py \
	tests/bench/bench_json.py

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
bench: all tests/ofctrl-driver tests/bench/measure tests/bench/plans \
		$(json_readers)
	GA_BUILDDIR='$(abs_top_builddir)' /usr/bin/python3 \
		$(top_srcdir)/tests/bench/bench.py $(BENCH_FLAGS)
	tests/bench/plans

# Several hundred changes under steady traffic; needs root, and a machine that
# does nothing else.  LOSSFREE_FLAGS: GA_SEED=4 and the like, see the test.
.PHONY: check-lossfree
check-lossfree: all tests/traffic
	GA_BUILDDIR='$(abs_top_builddir)' GA_CHANGES=400 GA_SEED=random \
		$(LOSSFREE_FLAGS) /usr/bin/python3 -m pytest -p no:cacheprovider \
		-s $(abs_top_srcdir)/tests/e2e/test_lossfree.py

unit_tests += \
	tests/unit/flow-table-test \
	tests/unit/tlv-sync-test

tests_unit_flow_table_test_SOURCES = tests/unit/flow-table-test.c
tests_unit_flow_table_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_flow_table_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_tlv_sync_test_SOURCES = tests/unit/tlv-sync-test.c
tests_unit_tlv_sync_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_tlv_sync_test_LDADD = agent/libagent.a $(UNIT_LIBS)

# Negotiation, plans, the Geneve header.
unit_tests += \
	tests/unit/damping-test \
	tests/unit/geneve-test \
	tests/unit/index-map-test \
	tests/unit/mtu-counts-test \
	tests/unit/mtu-request-test \
	tests/unit/negotiation-test \
	tests/unit/plan-restrict-test \
	tests/unit/planner-test \
	tests/unit/recv-table-test \
	tests/unit/scenario-test \
	tests/unit/order-groups-test

tests_unit_damping_test_SOURCES = tests/unit/damping-test.c
tests_unit_damping_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_damping_test_LDADD = $(UNIT_LIBS)
tests_unit_geneve_test_SOURCES = tests/unit/geneve-test.c
tests_unit_geneve_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_geneve_test_LDADD = $(UNIT_LIBS)
tests_unit_index_map_test_SOURCES = tests/unit/index-map-test.c
tests_unit_index_map_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_index_map_test_LDADD = $(UNIT_LIBS)
tests_unit_mtu_counts_test_SOURCES = tests/unit/mtu-counts-test.c
tests_unit_mtu_counts_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mtu_counts_test_LDADD = $(UNIT_LIBS)
tests_unit_mtu_request_test_SOURCES = tests/unit/mtu-request-test.c
tests_unit_mtu_request_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mtu_request_test_LDADD = $(UNIT_LIBS)
tests_unit_negotiation_test_SOURCES = tests/unit/negotiation-test.c
tests_unit_negotiation_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_negotiation_test_LDADD = $(UNIT_LIBS)
tests_unit_plan_restrict_test_SOURCES = tests/unit/plan-restrict-test.c
tests_unit_plan_restrict_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_plan_restrict_test_LDADD = $(UNIT_LIBS)
tests_unit_planner_test_SOURCES = tests/unit/planner-test.c
tests_unit_planner_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_planner_test_LDADD = $(UNIT_LIBS)
tests_unit_recv_table_test_SOURCES = \
	tests/unit/model-fixture.h \
	tests/unit/parse.h \
	tests/unit/recv-table-test.c
tests_unit_recv_table_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_recv_table_test_LDADD = $(UNIT_LIBS)
tests_unit_scenario_test_SOURCES = tests/unit/scenario-test.c
tests_unit_scenario_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_scenario_test_LDADD = $(UNIT_LIBS)
tests_unit_order_groups_test_SOURCES = tests/unit/order-groups-test.c
tests_unit_order_groups_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_order_groups_test_LDADD = $(UNIT_LIBS)

# Agent: the desired state.
unit_tests += \
	tests/unit/tlv-plan-test \
	tests/unit/claims-test \
	tests/unit/endpoint-phase-test \
	tests/unit/model-test

tests_unit_tlv_plan_test_SOURCES = tests/unit/tlv-plan-test.c
tests_unit_tlv_plan_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_tlv_plan_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_claims_test_SOURCES = tests/unit/claims-test.c
tests_unit_claims_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_claims_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_model_test_SOURCES = tests/unit/model-test.c
tests_unit_model_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_model_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_endpoint_phase_test_SOURCES = tests/unit/endpoint-phase-test.c
tests_unit_endpoint_phase_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_endpoint_phase_test_LDADD = agent/libagent.a $(UNIT_LIBS)

# Agent: policies.
unit_tests += tests/unit/ct-zones-test tests/unit/model-policy-test

tests_unit_ct_zones_test_SOURCES = tests/unit/ct-zones-test.c
tests_unit_ct_zones_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_ct_zones_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_model_policy_test_SOURCES = tests/unit/model-policy-test.c
tests_unit_model_policy_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_model_policy_test_LDADD = agent/libagent.a $(UNIT_LIBS) $(CURL_LIBS)

# Agent: poisoned datapath flows.
unit_tests += \
	tests/unit/dp-drops-test \
	tests/unit/log-tail-test \
	tests/unit/poison-policy-test \
	tests/unit/vswitchd-ctl-test

tests_unit_dp_drops_test_SOURCES = tests/unit/dp-drops-test.c
tests_unit_dp_drops_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dp_drops_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_log_tail_test_SOURCES = tests/unit/log-tail-test.c
tests_unit_log_tail_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_log_tail_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_poison_policy_test_SOURCES = tests/unit/poison-policy-test.c
tests_unit_poison_policy_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_poison_policy_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_vswitchd_ctl_test_SOURCES = tests/unit/vswitchd-ctl-test.c
tests_unit_vswitchd_ctl_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_vswitchd_ctl_test_LDADD = agent/libagent.a $(UNIT_LIBS)

# Agent: changes that lose no packet and send none of a third form.
unit_tests += tests/unit/old-flows-test tests/unit/source-set-test
tests_unit_old_flows_test_SOURCES = tests/unit/old-flows-test.c
tests_unit_old_flows_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_old_flows_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_source_set_test_SOURCES = tests/unit/source-set-test.c
tests_unit_source_set_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_source_set_test_LDADD = agent/libagent.a $(UNIT_LIBS)
EXTRA_DIST += tests/e2e/lossfree.py tests/e2e/test_lossfree.py
# Agent: what others write.
unit_tests += tests/unit/receive-file-test
tests_unit_receive_file_test_SOURCES = tests/unit/receive-file-test.c
tests_unit_receive_file_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_receive_file_test_LDADD = agent/libagent.a $(UNIT_LIBS)
# Agent: withdrawals.
unit_tests += \
	tests/unit/status-patch-test \
	tests/unit/withdrawal-test

tests_unit_status_patch_test_SOURCES = tests/unit/status-patch-test.c
tests_unit_status_patch_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_status_patch_test_LDADD = agent/libagent.a $(UNIT_LIBS)
tests_unit_withdrawal_test_SOURCES = tests/unit/withdrawal-test.c
tests_unit_withdrawal_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_withdrawal_test_LDADD = agent/libagent.a $(UNIT_LIBS)

# agentctl.
EXTRA_DIST += \
	tests/e2e/fake_agentd.py \
	tests/e2e/test_agentctl.py \
	tests/e2e/test_outer.py \
	tests/e2e/test_packaging.py
unit_tests += \
	tests/unit/text-table-test

tests_unit_text_table_test_SOURCES = tests/unit/text-table-test.c
tests_unit_text_table_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_text_table_test_LDADD = utilities/agentctl/libagentctl.a $(UNIT_LIBS)
# nvad.
EXTRA_DIST += \
	tests/e2e/nvadlib.py \
	tests/e2e/test_nvad.py \
	tests/e2e/test_nvad_crash.py \
	tests/e2e/test_nvad_schemas.py \
	tests/e2e/test_nvad_watch.py
unit_tests += \
	tests/unit/nvad-admit-test \
	tests/unit/nvad-limits-test \
	tests/unit/nvad-selector-test \
	tests/unit/nvad-store-test
NVAD_LIBS = utilities/nvad/libnvad.a lib/libga.a $(OVS_LIBS) \
	$(MICROHTTPD_LIBS) $(GNUTLS_LIBS) $(CMOCKA_LIBS)

tests_unit_nvad_admit_test_SOURCES = tests/unit/nvad-admit-test.c
tests_unit_nvad_admit_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_nvad_admit_test_LDADD = $(NVAD_LIBS)
tests_unit_nvad_limits_test_SOURCES = tests/unit/nvad-limits-test.c
tests_unit_nvad_limits_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_nvad_limits_test_LDADD = $(NVAD_LIBS)
tests_unit_nvad_selector_test_SOURCES = tests/unit/nvad-selector-test.c
tests_unit_nvad_selector_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_nvad_selector_test_LDADD = $(NVAD_LIBS)
tests_unit_nvad_store_test_SOURCES = tests/unit/nvad-store-test.c
tests_unit_nvad_store_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_nvad_store_test_LDADD = $(NVAD_LIBS)

# Traffic that is counted.
check_PROGRAMS += tests/traffic
tests_traffic_SOURCES = tests/traffic.c
tests_traffic_LDADD = $(OVS_LIBS)
EXTRA_DIST += \
	tests/e2e/test_plans.py \
	tests/e2e/traffic.py

# nva-labeller.
unit_tests += \
	tests/unit/labeller-numbers-test

tests_unit_labeller_numbers_test_SOURCES = tests/unit/labeller-numbers-test.c
tests_unit_labeller_numbers_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_labeller_numbers_test_LDADD = utilities/labeller/liblabeller.a \
	$(UNIT_LIBS)
EXTRA_DIST += \
	tests/e2e/test_labels.py

# Traces.
unit_tests += \
	tests/unit/trace-parse-test \
	tests/unit/trace-pass-test

tests_unit_trace_parse_test_SOURCES = tests/unit/trace-parse-test.c
tests_unit_trace_parse_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_trace_parse_test_LDADD = $(UNIT_LIBS)
tests_unit_trace_pass_test_SOURCES = tests/unit/trace-pass-test.c
tests_unit_trace_pass_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_trace_pass_test_LDADD = $(UNIT_LIBS)
EXTRA_DIST += \
	tests/e2e/test_trace.py \
	tests/traces/further-plan.txt \
	tests/traces/kernel.txt \
	tests/traces/no-match.txt \
	tests/traces/no-route.txt

# Flows: a model in, flows as text out.
unit_tests += tests/unit/golden-test
tests_unit_golden_test_SOURCES = \
	tests/unit/case-objects.c \
	tests/unit/case-objects.h \
	tests/unit/fake-local.c \
	tests/unit/fake-local.h \
	tests/unit/fake-ofctrl.c \
	tests/unit/fake-ofctrl.h \
	tests/unit/flow-eval.c \
	tests/unit/flow-eval.h \
	tests/unit/flow-fixture.c \
	tests/unit/flow-fixture.h \
	tests/unit/flow-lookup.c \
	tests/unit/flow-lookup.h \
	tests/unit/golden-test.c
tests_unit_golden_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_golden_test_LDFLAGS = -Wl,--wrap=time_msec
tests_unit_golden_test_LDADD = agent/libagent.a $(UNIT_LIBS) $(CURL_LIBS)
EXTRA_DIST += tests/golden
