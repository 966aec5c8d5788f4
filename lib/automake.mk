# lib/: pure logic, shared by all programs.  No I/O, no state.
noinst_LIBRARIES += lib/libga.a
lib_libga_a_SOURCES = \
	lib/option.c \
	lib/option.h
lib_libga_a_SOURCES += \
	lib/base-plan.c \
	lib/base-plan.h \
	lib/option-json.c \
	lib/option-json.h
lib_libga_a_SOURCES += \
	lib/damping.c \
	lib/damping.h \
	lib/geneve.c \
	lib/geneve.h \
	lib/icmp-error.c \
	lib/icmp-error.h \
	lib/geneve-text.c \
	lib/index-map.c \
	lib/index-map.h \
	lib/neg-receive.c \
	lib/mtu-counts.c \
	lib/mtu-counts.h \
	lib/mtu-request.c \
	lib/mtu-request.h \
	lib/negotiation.c \
	lib/negotiation.h \
	lib/order-graph.c \
	lib/plan-fit.c \
	lib/plan-fit.h \
	lib/plan-restrict.c \
	lib/plan-search.c \
	lib/plan-search.h \
	lib/planner.c \
	lib/planner.h \
	lib/precedence.c \
	lib/precedence.h \
	lib/recv-table.c \
	lib/scenario.c \
	lib/scenario.h \
	lib/scenario-negotiate.c \
	lib/scenario-private.h \
	lib/trace-parse.c \
	lib/trace-parse.h \
	lib/trace-pass.c \
	lib/trace-pass.h \
	lib/wish-groups.c \
	lib/wish-groups.h
lib_libga_a_SOURCES += \
	lib/field-error.c \
	lib/field-error.h \
	lib/json-util.c \
	lib/json-util.h \
	lib/label-selector.c \
	lib/label-selector.h \
	lib/label-set.c \
	lib/label-set.h \
	lib/policy.c \
	lib/policy.h \
	lib/policy-label.c \
	lib/policy-label.h \
	lib/replicas.c \
	lib/replicas.h \
	lib/resource.c \
	lib/resource.h \
	lib/resource-advertisement-ack.c \
	lib/resource-endpoint.c \
	lib/resource-field.c \
	lib/resource-field.h \
	lib/resource-geneve-option.c \
	lib/resource-nve.c \
	lib/resource-option-profile.c \
	lib/resource-private.h \
	lib/resource-vpc.c \
	lib/resource-vpc-policy.c \
	lib/value.c \
	lib/value.h
EXTRA_DIST += lib/ga-version.h.in
