# agent/: what the daemon consists of; agent/geneve-agentd.c has its main().
noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES =

# OpenFlow.
agent_libagent_a_SOURCES += \
	agent/desired-flow.c \
	agent/desired-flow.h \
	agent/flow-actions.c \
	agent/flow-actions.h \
	agent/flow-table.c \
	agent/flow-table.h \
	agent/ofctrl.c \
	agent/ofctrl.h \
	agent/ofctrl-bundle.c \
	agent/ofctrl-bundle.h \
	agent/ofctrl-handle.c \
	agent/ofctrl-meter.c \
	agent/ofctrl-meter.h \
	agent/ofctrl-msg.c \
	agent/ofctrl-msg.h \
	agent/ofctrl-private.h \
	agent/ofctrl-query.c \
	agent/ofctrl-query.h \
	agent/ofctrl-tlv.c \
	agent/ofctrl-tlv.h \
	agent/packet-in.c \
	agent/packet-in.h

# Objects, alarms.
agent_libagent_a_SOURCES += \
	agent/alarms.c \
	agent/alarms.h \
	agent/objects.c \
	agent/objects.h

# The node: its Open vSwitch database, its underlay.
agent_libagent_a_SOURCES += \
	agent/ifaces.c \
	agent/ifaces.h \
	agent/local.c \
	agent/local.h \
	agent/local-private.h \
	agent/local-read.c \
	agent/local-write.c \
	agent/plan-bridges.c \
	agent/plan-bridges.h \
	agent/plan-bridges-private.h \
	agent/plan-bridges-write.c \
	agent/rows.c \
	agent/rows.h \
	agent/settings.c \
	agent/settings.h \
	agent/tunnel-key.c \
	agent/tunnel-key.h \
	agent/tunnels.c \
	agent/tunnels-private.h \
	agent/tunnels-write.c \
	agent/tunnels.h \
	agent/underlay.c \
	agent/underlay.h

# Datapath flows: poisoned ones, old ones.
agent_libagent_a_SOURCES += \
	agent/dp-drops.c \
	agent/dp-drops.h \
	agent/effect.c \
	agent/effect.h \
	agent/log-tail.c \
	agent/log-tail.h \
	agent/old-flows.c \
	agent/old-flows.h \
	agent/poison.c \
	agent/poison.h \
	agent/poison-policy.c \
	agent/poison-policy.h \
	agent/vswitchd-ctl.c \
	agent/vswitchd-ctl.h

# Files that may change.
agent_libagent_a_SOURCES += \
	agent/file-watch.c \
	agent/file-watch.h

# The controller: REST, files, publishing.
agent_libagent_a_SOURCES += \
	agent/controller.c \
	agent/controller.h \
	agent/file-source.c \
	agent/file-source.h \
	agent/publisher.c \
	agent/publisher.h \
	agent/publisher-private.h \
	agent/publisher-write.c \
	agent/reflector.c \
	agent/reflector.h \
	agent/rest.c \
	agent/rest.h \
	agent/rest-options.c \
	agent/rest-options.h \
	agent/retry.c \
	agent/retry.h \
	agent/status-patch.c \
	agent/status-patch.h

# main() of geneve-agentd and nva-labeller.
agent_libagent_a_SOURCES += \
	agent/daemon-main.c \
	agent/daemon-main.h

# The desired state, and what is made of it.
agent_libagent_a_SOURCES += \
	agent/acks.c \
	agent/acks.h \
	agent/agent.c \
	agent/agent.h \
	agent/base-plan.c \
	agent/base-plan.h \
	agent/claims.c \
	agent/claims.h \
	agent/explain.c \
	agent/explain.h \
	agent/flows.c \
	agent/flows.h \
	agent/flows-endpoint.c \
	agent/flows-private.h \
	agent/flows-remote.c \
	agent/flows-vpc.c \
	agent/icmp-answers.c \
	agent/icmp-answers.h \
	agent/iface-marks.c \
	agent/iface-marks.h \
	agent/iface-mtu.c \
	agent/iface-mtu.h \
	agent/interest.c \
	agent/interest.h \
	agent/model-policy.c \
	agent/model-policy.h \
	agent/model-endpoint.c \
	agent/model-nve.c \
	agent/model-profile.c \
	agent/model-resolve.c \
	agent/model-vpc.c \
	agent/model-resolve.h \
	agent/meter-stage.c \
	agent/meter-stage.h \
	agent/model.c \
	agent/model.h \
	agent/mtu-stage.c \
	agent/mtu-stage.h \
	agent/neighbor-advert.c \
	agent/neighbor-advert.h \
	agent/neighbor.c \
	agent/neighbor.h \
	agent/peer-view.c \
	agent/peer-view.h \
	agent/profile-switch.c \
	agent/profile-switch.h \
	agent/publish.c \
	agent/publish.h \
	agent/receive.c \
	agent/receive.h \
	agent/remote-alarms.c \
	agent/remote-alarms.h \
	agent/remote-tunnels.c \
	agent/remote-tunnels.h \
	agent/remotes.c \
	agent/remotes.h \
	agent/replication.c \
	agent/replication.h \
	agent/router.c \
	agent/router.h \
	agent/show-endpoint.c \
	agent/show-endpoint.h \
	agent/show-json.c \
	agent/show-json.h \
	agent/show-query.c \
	agent/show-query.h \
	agent/show-remote.c \
	agent/show-remote.h \
	agent/show.c \
	agent/show.h \
	agent/packet-values.c \
	agent/packet-values.h \
	agent/trace.c \
	agent/trace.h \
	agent/trace-arrival.c \
	agent/trace-arrival.h \
	agent/trace-explain.c \
	agent/trace-packet.c \
	agent/trace-packet.h \
	agent/trace-way.c \
	agent/trace-way.h \
	agent/source-set.c \
	agent/source-set.h \
	agent/source-stage.c \
	agent/source-stage.h \
	agent/spoof.c \
	agent/spoof.h \
	agent/vpc-mtu.c \
	agent/vpc-mtu.h \
	agent/withdrawal.c \
	agent/withdrawal.h \
	agent/withdrawing.c \
	agent/withdrawing.h \
	agent/withdrawing-private.h \
	agent/withdrawing-show.c

# The daemon.
sbin_PROGRAMS += agent/geneve-agentd
agent_geneve_agentd_SOURCES = agent/geneve-agentd.c
agent_geneve_agentd_LDADD = agent/libagent.a lib/libga.a $(OVS_LIBS) \
	$(CURL_LIBS)

# Policy by label.
agent_libagent_a_SOURCES += \
	agent/ct-zones.c \
	agent/ct-zones.h \
	agent/enforce.c \
	agent/enforce.h \
	agent/flows-policy.c \
	agent/flows-policy.h \
	agent/show-policy.c \
	agent/show-policy.h

# Further plans.
agent_libagent_a_SOURCES += \
	agent/plan-assign.c \
	agent/plan-assign.h \
	agent/plan-assign-private.h \
	agent/plan-base.c \
	agent/plan-legs.c \
	agent/plan-legs.h \
	agent/plan-merge.c \
	agent/plan-place.c \
	agent/plans.c \
	agent/plans.h \
	agent/send-plan.c \
	agent/send-plan.h
