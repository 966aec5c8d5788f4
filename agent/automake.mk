# agent/: what the daemon consists of, room by room, from the ground up; see
# docs/architecture.md.  agent/geneve-agentd.c has its main().
noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES =

# The ground.
agent_libagent_a_SOURCES += \
	agent/agent.h \
	agent/alarms.c \
	agent/alarms.h \
	agent/write-gate.c \
	agent/write-gate.h

# Objects from a REST server or a file, and what is written back.
agent_libagent_a_SOURCES += \
	agent/controller/controller-urls.c \
	agent/controller/controller-urls.h \
	agent/controller/controller.c \
	agent/controller/controller.h \
	agent/controller/file-content.c \
	agent/controller/file-content.h \
	agent/controller/file-source.c \
	agent/controller/file-source.h \
	agent/controller/file-watch.c \
	agent/controller/file-watch.h \
	agent/controller/last-known.c \
	agent/controller/last-known.h \
	agent/controller/list-page.c \
	agent/controller/list-page.h \
	agent/controller/object-file.c \
	agent/controller/object-file.h \
	agent/controller/object-members.c \
	agent/controller/object-members.h \
	agent/controller/object-parse.c \
	agent/controller/object-parse.h \
	agent/controller/object-text.c \
	agent/controller/object-text.h \
	agent/controller/object-version.c \
	agent/controller/object-version.h \
	agent/controller/object-stream.c \
	agent/controller/object-stream.h \
	agent/controller/object-streams.c \
	agent/controller/object-streams.h \
	agent/controller/object-writer.c \
	agent/controller/object-writer.h \
	agent/controller/objects.c \
	agent/controller/objects.h \
	agent/controller/reflector.c \
	agent/controller/reflector.h \
	agent/controller/rest.c \
	agent/controller/rest.h \
	agent/controller/rest-auth.c \
	agent/controller/rest-auth.h \
	agent/controller/rest-loop.c \
	agent/controller/rest-loop.h \
	agent/controller/rest-options.c \
	agent/controller/rest-options.h \
	agent/controller/rest-renewal.c \
	agent/controller/rest-renewal.h \
	agent/controller/rest-result.c \
	agent/controller/rest-result.h \
	agent/controller/rest-url.c \
	agent/controller/rest-url.h \
	agent/controller/retry.c \
	agent/controller/retry.h \
	agent/controller/saved-state.c \
	agent/controller/saved-state.h \
	agent/controller/selection-probe.c \
	agent/controller/selection-probe.h \
	agent/controller/server-probe.c \
	agent/controller/server-probe.h \
	agent/controller/state-file.c \
	agent/controller/state-file.h \
	agent/controller/status-patch.c \
	agent/controller/status-patch.h \
	agent/controller/watch-event.c \
	agent/controller/watch-event.h \
	agent/controller/write-entry.c \
	agent/controller/write-entry.h \
	agent/controller/write-request.c \
	agent/controller/write-request.h

# This node: its Open vSwitch database, its underlay.
agent_libagent_a_SOURCES += \
	agent/node/attachments.c \
	agent/node/attachments.h \
	agent/node/attachments-private.h \
	agent/node/attachments-write.c \
	agent/node/bridge-mappings.c \
	agent/node/bridge-mappings.h \
	agent/node/bridge-note.c \
	agent/node/bridge-note.h \
	agent/node/bridge-config.c \
	agent/node/bridge-config.h \
	agent/node/db-silence.c \
	agent/node/db-silence.h \
	agent/node/disks.c \
	agent/node/disks.h \
	agent/node/iface-mtu.c \
	agent/node/iface-mtu.h \
	agent/node/iface-settled.c \
	agent/node/iface-settled.h \
	agent/node/ifaces.c \
	agent/node/ifaces.h \
	agent/node/local.c \
	agent/node/local.h \
	agent/node/instance.c \
	agent/node/instance.h \
	agent/node/kernel-events.c \
	agent/node/kernel-events.h \
	agent/node/local-private.h \
	agent/node/local-read.c \
	agent/node/local-write.c \
	agent/node/next-hops.c \
	agent/node/next-hops.h \
	agent/node/ovsdb-gate.c \
	agent/node/ovsdb-gate.h \
	agent/node/path-down.c \
	agent/node/path-down.h \
	agent/node/places.c \
	agent/node/places.h \
	agent/node/plan-bridges.c \
	agent/node/plan-bridges.h \
	agent/node/plan-bridges-private.h \
	agent/node/plan-bridges-write.c \
	agent/node/plan-ports.c \
	agent/node/plan-ports.h \
	agent/node/plugs.c \
	agent/node/plugs.h \
	agent/node/routes.c \
	agent/node/routes.h \
	agent/node/rows.c \
	agent/node/rows.h \
	agent/node/settings.c \
	agent/node/settings.h \
	agent/node/switch-config.c \
	agent/node/switch-config.h \
	agent/node/tunnel-bfd.c \
	agent/node/tunnel-bfd.h \
	agent/node/tunnel-key.c \
	agent/node/tunnel-key.h \
	agent/node/tunnel-numbers.c \
	agent/node/tunnel-numbers.h \
	agent/node/tunnels.c \
	agent/node/tunnels.h \
	agent/node/tunnels-private.h \
	agent/node/tunnels-report.c \
	agent/node/tunnels-write.c \
	agent/node/underlay.c \
	agent/node/underlay.h

# OpenFlow, and the control socket of ovs-vswitchd.
agent_libagent_a_SOURCES += \
	agent/switch/bridge-link.c \
	agent/switch/bridge-link.h \
	agent/switch/counter-queries.c \
	agent/switch/counter-queries.h \
	agent/switch/ct-limits.c \
	agent/switch/ct-limits.h \
	agent/switch/ct-zones.c \
	agent/switch/ct-zones.h \
	agent/switch/desired-flow.c \
	agent/switch/desired-flow.h \
	agent/switch/desired-group.c \
	agent/switch/desired-group.h \
	agent/switch/effect.c \
	agent/switch/effect.h \
	agent/switch/flow-actions.c \
	agent/switch/flow-actions.h \
	agent/switch/flow-list.c \
	agent/switch/flow-list.h \
	agent/switch/flow-owner.c \
	agent/switch/flow-owner.h \
	agent/switch/flow-pattern.c \
	agent/switch/flow-pattern.h \
	agent/switch/flow-reply.c \
	agent/switch/flow-reply.h \
	agent/switch/flow-slots.c \
	agent/switch/flow-slots.h \
	agent/switch/flow-stencil.c \
	agent/switch/flow-stencil.h \
	agent/switch/flow-table.c \
	agent/switch/flow-table.h \
	agent/switch/group-sync.c \
	agent/switch/group-sync.h \
	agent/switch/interference.c \
	agent/switch/interference.h \
	agent/switch/meter-band.h \
	agent/switch/meter-sync.c \
	agent/switch/meter-sync.h \
	agent/switch/nat-zones.c \
	agent/switch/nat-zones.h \
	agent/switch/neigh-cache.c \
	agent/switch/neigh-cache.h \
	agent/switch/ofctrl.c \
	agent/switch/ofctrl.h \
	agent/switch/ofctrl-bundle.c \
	agent/switch/ofctrl-bundle.h \
	agent/switch/ofctrl-handle.c \
	agent/switch/ofctrl-handle.h \
	agent/switch/ofctrl-monitor.c \
	agent/switch/ofctrl-monitor.h \
	agent/switch/ofctrl-msg.c \
	agent/switch/ofctrl-msg.h \
	agent/switch/ofctrl-next.c \
	agent/switch/ofctrl-next.h \
	agent/switch/ofctrl-state.c \
	agent/switch/ofctrl-state.h \
	agent/switch/old-flows.c \
	agent/switch/old-flows.h \
	agent/switch/port-faults.c \
	agent/switch/port-faults.h \
	agent/switch/route-query.c \
	agent/switch/route-query.h \
	agent/switch/tlv-sync.c \
	agent/switch/tlv-sync.h \
	agent/switch/vswitchd-ctl.c \
	agent/switch/vswitchd-ctl.h

# Entities, how they refer to each other, who is where.
agent_libagent_a_SOURCES += \
	agent/model/base-use.c \
	agent/model/base-use.h \
	agent/model/vni-rest.c \
	agent/model/vni-rest.h \
	agent/model/claim-key.c \
	agent/model/claim-key.h \
	agent/model/claims.c \
	agent/model/claims.h \
	agent/model/encap.c \
	agent/model/encap.h \
	agent/model/endpoint-phase.c \
	agent/model/endpoint-phase.h \
	agent/model/endpoint-services.c \
	agent/model/endpoint-services.h \
	agent/model/entity.c \
	agent/model/entity.h \
	agent/model/entity-order.c \
	agent/model/entity-order.h \
	agent/model/model.c \
	agent/model/model.h \
	agent/model/model-endpoint.c \
	agent/model/model-endpoint.h \
	agent/model/model-extnet.c \
	agent/model/model-extnet.h \
	agent/model/model-fip.c \
	agent/model/model-fip.h \
	agent/model/model-gateway.c \
	agent/model/model-gateway.h \
	agent/model/model-label.c \
	agent/model/model-label.h \
	agent/model/model-lb.c \
	agent/model/model-lb.h \
	agent/model/model-nve.c \
	agent/model/model-nve.h \
	agent/model/model-option.c \
	agent/model/model-option.h \
	agent/model/model-policy.c \
	agent/model/model-policy.h \
	agent/model/model-profile.c \
	agent/model/model-profile.h \
	agent/model/model-qos.c \
	agent/model/model-qos.h \
	agent/model/model-route.c \
	agent/model/model-route.h \
	agent/model/model-share.c \
	agent/model/model-share.h \
	agent/model/model-touch.c \
	agent/model/model-touch.h \
	agent/model/model-vpc.c \
	agent/model/model-vpc.h \
	agent/model/packet-limit.c \
	agent/model/packet-limit.h \
	agent/model/resolved-option.c \
	agent/model/resolved-option.h \
	agent/model/source-set.c \
	agent/model/source-set.h \
	agent/model/vpc-label.c \
	agent/model/vpc-label.h \
	agent/model/vpc-return.c \
	agent/model/vpc-return.h \
	agent/model/vpc-trust.c \
	agent/model/vpc-trust.h

# What this node advertises, and still receives.
agent_libagent_a_SOURCES += \
	agent/receive/mapped-options.c \
	agent/receive/mapped-options.h \
	agent/receive/receive-file.c \
	agent/receive/receive-file.h \
	agent/receive/receive.c \
	agent/receive/receive.h \
	agent/receive/retained.c \
	agent/receive/retained.h \
	agent/receive/retained-private.h \
	agent/receive/retained-show.c \
	agent/receive/used-options.c \
	agent/receive/used-options.h \
	agent/receive/withdrawal.c \
	agent/receive/withdrawal.h

# Which order of options serves which remote.
agent_libagent_a_SOURCES += \
	agent/plans/effects.c \
	agent/plans/effects.h \
	agent/plans/plan-assign.c \
	agent/plans/plan-assign.h \
	agent/plans/plan-base-order.c \
	agent/plans/plan-base-order.h \
	agent/plans/plan-merge.c \
	agent/plans/plan-merge.h \
	agent/plans/plan-place.c \
	agent/plans/plan-place.h \
	agent/plans/plans.c \
	agent/plans/plans.h \
	agent/plans/send-leg.c \
	agent/plans/send-leg.h \
	agent/plans/send-plan.c \
	agent/plans/send-plan.h

# Tunnels, and what was negotiated with each remote.
agent_libagent_a_SOURCES += \
	agent/remotes/class-ports.c \
	agent/remotes/class-ports.h \
	agent/remotes/encap-revision.c \
	agent/remotes/encap-revision.h \
	agent/remotes/enforce.c \
	agent/remotes/enforce.h \
	agent/remotes/gateway-affected.c \
	agent/remotes/gateway-affected.h \
	agent/remotes/gateway-bfd.c \
	agent/remotes/gateway-bfd.h \
	agent/remotes/gateway-describe.c \
	agent/remotes/gateway-describe.h \
	agent/remotes/gateway-nat.c \
	agent/remotes/gateway-nat.h \
	agent/remotes/gateway-place.c \
	agent/remotes/gateway-place.h \
	agent/remotes/gateways.c \
	agent/remotes/gateways.h \
	agent/remotes/node-health.c \
	agent/remotes/node-health.h \
	agent/remotes/path-looks.c \
	agent/remotes/peer-view.c \
	agent/remotes/peer-view.h \
	agent/remotes/profile-options.c \
	agent/remotes/profile-options.h \
	agent/remotes/profile-switch.c \
	agent/remotes/profile-switch.h \
	agent/remotes/refusals.c \
	agent/remotes/refusals.h \
	agent/remotes/remote-address.c \
	agent/remotes/remote-address.h \
	agent/remotes/remote-alarms.c \
	agent/remotes/remote-alarms.h \
	agent/remotes/remote-paths-private.h \
	agent/remotes/remote-paths.c \
	agent/remotes/remote-paths.h \
	agent/remotes/remote-states.c \
	agent/remotes/remote-states.h \
	agent/remotes/remote-tunnels.c \
	agent/remotes/remote-tunnels.h \
	agent/remotes/remotes.c \
	agent/remotes/remotes.h \
	agent/remotes/routes-seen.c \
	agent/remotes/routes-seen.h \
	agent/remotes/vpc-mtu.c \
	agent/remotes/vpc-mtu.h

# Desired state as flows, a file for each stage.
agent_libagent_a_SOURCES += \
	agent/flows/class-flows.c \
	agent/flows/class-flows.h \
	agent/flows/controller-stage.c \
	agent/flows/controller-stage.h \
	agent/flows/dhcp-stage.c \
	agent/flows/dhcp-stage.h \
	agent/flows/echo-answer.c \
	agent/flows/echo-answer.h \
	agent/flows/egress-stage.c \
	agent/flows/egress-stage.h \
	agent/flows/encap-flows.c \
	agent/flows/encap-flows.h \
	agent/flows/encap-stage.c \
	agent/flows/encap-stage.h \
	agent/flows/endpoint-flows.c \
	agent/flows/endpoint-flows.h \
	agent/flows/endpoint-stencils.c \
	agent/flows/endpoint-stencils.h \
	agent/flows/ext-flows.c \
	agent/flows/ext-flows.h \
	agent/flows/ext-neighbor-flows.c \
	agent/flows/ext-neighbor-flows.h \
	agent/flows/ext-route.c \
	agent/flows/ext-route.h \
	agent/flows/fip-answers.c \
	agent/flows/fip-answers.h \
	agent/flows/fip-errors.c \
	agent/flows/fip-errors.h \
	agent/flows/fip-flows.c \
	agent/flows/fip-flows.h \
	agent/flows/fip-gateway.c \
	agent/flows/fip-gateway.h \
	agent/flows/flows.c \
	agent/flows/flows.h \
	agent/flows/gateway-candidates.c \
	agent/flows/gateway-candidates.h \
	agent/flows/gateway-flows.c \
	agent/flows/gateway-flows.h \
	agent/flows/gateway-in.c \
	agent/flows/gateway-in.h \
	agent/flows/gateway-lost.c \
	agent/flows/gateway-lost.h \
	agent/flows/gateway-out.c \
	agent/flows/gateway-out.h \
	agent/flows/gateway-owner.c \
	agent/flows/gateway-owner.h \
	agent/flows/icmp-errors.c \
	agent/flows/icmp-errors.h \
	agent/flows/limit-stage.c \
	agent/flows/limit-stage.h \
	agent/flows/meter-stage.c \
	agent/flows/meter-stage.h \
	agent/flows/mtu-stage.c \
	agent/flows/mtu-stage.h \
	agent/flows/neighbor-answer.c \
	agent/flows/neighbor-answer.h \
	agent/flows/neighbor.c \
	agent/flows/neighbor.h \
	agent/flows/nve-flows.c \
	agent/flows/nve-flows.h \
	agent/flows/outside-stage.c \
	agent/flows/outside-stage.h \
	agent/flows/packet-values.c \
	agent/flows/packet-values.h \
	agent/flows/pipeline.c \
	agent/flows/pipeline.h \
	agent/flows/plan-class-flows.c \
	agent/flows/plan-class-flows.h \
	agent/flows/plan-flows.c \
	agent/flows/plan-flows.h \
	agent/flows/policy-ct.c \
	agent/flows/policy-ct.h \
	agent/flows/policy-group.c \
	agent/flows/policy-group.h \
	agent/flows/policy-stage.c \
	agent/flows/policy-stage.h \
	agent/flows/probe-stage.c \
	agent/flows/probe-stage.h \
	agent/flows/qos-stage.c \
	agent/flows/qos-stage.h \
	agent/flows/replication.c \
	agent/flows/replication.h \
	agent/flows/return-stage.c \
	agent/flows/return-stage.h \
	agent/flows/route-stage.c \
	agent/flows/route-stage.h \
	agent/flows/router.c \
	agent/flows/router.h \
	agent/flows/service-flows.c \
	agent/flows/service-flows.h \
	agent/flows/service-groups.c \
	agent/flows/service-ports.c \
	agent/flows/service-ports.h \
	agent/flows/service-private.h \
	agent/flows/service-stage.c \
	agent/flows/service-stage.h \
	agent/flows/source-stage.c \
	agent/flows/source-stage.h \
	agent/flows/spoof.c \
	agent/flows/spoof.h \
	agent/flows/vip-backend.c \
	agent/flows/vip-backend.h \
	agent/flows/vip-flows.c \
	agent/flows/vip-flows.h \
	agent/flows/vip-gateway.c \
	agent/flows/vip-gateway.h \
	agent/flows/vip-masquerade.c \
	agent/flows/vip-masquerade.h \
	agent/flows/vip-open.c \
	agent/flows/vip-past.c \
	agent/flows/vip-past.h \
	agent/flows/vip-private.h \
	agent/flows/vip-return.c \
	agent/flows/vip-return.h \
	agent/flows/vip-send.c \
	agent/flows/vip-send.h \
	agent/flows/vip-source.c \
	agent/flows/vip-source.h \
	agent/flows/vips.c \
	agent/flows/vips.h \
	agent/flows/vpc-flows.c \
	agent/flows/vpc-flows.h

# Packets that the agent answers itself.
agent_libagent_a_SOURCES += \
	agent/answers/address-book.c \
	agent/answers/address-book.h \
	agent/answers/announcements.c \
	agent/answers/announcements.h \
	agent/answers/answers.c \
	agent/answers/answers.h \
	agent/answers/dhcp-declines.c \
	agent/answers/dhcp-declines.h \
	agent/answers/dhcp4-answers.c \
	agent/answers/dhcp4-answers.h \
	agent/answers/dhcp6-answers.c \
	agent/answers/dhcp6-answers.h \
	agent/answers/dns-answers.c \
	agent/answers/dns-answers.h \
	agent/answers/endpoint-limits.c \
	agent/answers/endpoint-limits.h \
	agent/answers/ext-announcements.c \
	agent/answers/ext-announcements.h \
	agent/answers/ext-answers.c \
	agent/answers/ext-answers.h \
	agent/answers/ext-errors.c \
	agent/answers/ext-errors.h \
	agent/answers/ext-neighbors.c \
	agent/answers/ext-neighbors.h \
	agent/answers/ext-neighbors-private.h \
	agent/answers/ext-neighbors-set.c \
	agent/answers/ext-neighbors-take.c \
	agent/answers/gateway-announcements.c \
	agent/answers/gateway-announcements.h \
	agent/answers/health-probes.c \
	agent/answers/health-probes.h \
	agent/answers/health-probes-private.h \
	agent/answers/health-targets.c \
	agent/answers/icmp-answers.c \
	agent/answers/icmp-answers.h \
	agent/answers/neighbor-advert.c \
	agent/answers/neighbor-advert.h \
	agent/answers/packet-in.c \
	agent/answers/packet-in.h \
	agent/answers/router-advert.c \
	agent/answers/router-advert.h \
	agent/answers/router-adverts.c \
	agent/answers/router-adverts.h \
	agent/answers/told-dns.c \
	agent/answers/told-dns.h

# What is said of this node and its endpoints.
agent_libagent_a_SOURCES += \
	agent/publish/acks.c \
	agent/publish/acks.h \
	agent/publish/endpoint-status.c \
	agent/publish/endpoint-status.h \
	agent/publish/external-status.c \
	agent/publish/external-status.h \
	agent/publish/interest.c \
	agent/publish/interest.h \
	agent/publish/keeper.c \
	agent/publish/keeper.h \
	agent/publish/name-dispute.c \
	agent/publish/name-dispute.h \
	agent/publish/nat-zone-note.c \
	agent/publish/nat-zone-note.h \
	agent/publish/own-name.c \
	agent/publish/own-name.h \
	agent/publish/own-nve.c \
	agent/publish/own-nve.h \
	agent/publish/service-status.c \
	agent/publish/service-status.h \
	agent/publish/status-queue.c \
	agent/publish/status-queue.h \
	agent/publish/tunnel-notes.c \
	agent/publish/tunnel-notes.h \
	agent/publish/vpc-status.c \
	agent/publish/vpc-status.h

# Datapath flows that bad packets leave behind.
agent_libagent_a_SOURCES += \
	agent/poison/dp-drops.c \
	agent/poison/dp-drops.h \
	agent/poison/log-tail.c \
	agent/poison/log-tail.h \
	agent/poison/poison.c \
	agent/poison/poison.h \
	agent/poison/poison-policy.c \
	agent/poison/poison-policy.h \
	agent/poison/poison-senders.c \
	agent/poison/poison-senders.h

# What agentctl asks for.
agent_libagent_a_SOURCES += \
	agent/show/explain-policy.c \
	agent/show/explain-policy.h \
	agent/show/explain-qos.c \
	agent/show/explain-qos.h \
	agent/show/explain-reason.c \
	agent/show/explain-reason.h \
	agent/show/explain-source.c \
	agent/show/explain-source.h \
	agent/show/explain.c \
	agent/show/explain.h \
	agent/show/show-endpoint.c \
	agent/show/show-endpoint.h \
	agent/show/show-gateway.c \
	agent/show/show-gateway.h \
	agent/show/show-nat.c \
	agent/show/show-nat.h \
	agent/show/show-option.c \
	agent/show/show-option.h \
	agent/show/show-plan.c \
	agent/show/show-plan.h \
	agent/show/show-policy.c \
	agent/show/show-policy.h \
	agent/show/show-qos.c \
	agent/show/show-qos.h \
	agent/show/show-query.c \
	agent/show/show-query.h \
	agent/show/show-remote.c \
	agent/show/show-remote.h \
	agent/show/show-reply.c \
	agent/show/show-reply.h \
	agent/show/show-route.c \
	agent/show/show-route.h \
	agent/show/show-service.c \
	agent/show/show-service.h \
	agent/show/show-status.c \
	agent/show/show-status.h \
	agent/show/show.c \
	agent/show/show.h \
	agent/show/trace-arrival.c \
	agent/show/trace-arrival.h \
	agent/show/trace-end.c \
	agent/show/trace-end.h \
	agent/show/trace-explain.c \
	agent/show/trace-explain.h \
	agent/show/trace-outside.c \
	agent/show/trace-outside.h \
	agent/show/trace-packet.c \
	agent/show/trace-packet.h \
	agent/show/trace-path.c \
	agent/show/trace-path.h \
	agent/show/trace-rule.c \
	agent/show/trace-rule.h \
	agent/show/trace-service.c \
	agent/show/trace-service.h \
	agent/show/trace.c \
	agent/show/trace.h

# Makes every part, and runs their stages.
agent_libagent_a_SOURCES += \
	agent/turn/turn-alarms.c \
	agent/turn/turn-alarms.h \
	agent/turn/turn-create.c \
	agent/turn/turn-inputs.c \
	agent/turn/turn-inputs.h \
	agent/turn/turn-state.c \
	agent/turn/turn.c \
	agent/turn/turn.h

# The local database, as far as the agent uses it.
nodist_agent_libagent_a_SOURCES = \
	schemas/vswitch-idl.c \
	schemas/vswitch-idl.h

$(agent_libagent_a_OBJECTS): schemas/vswitch-idl.h

# The daemon.
sbin_PROGRAMS += agent/geneve-agentd
agent_geneve_agentd_SOURCES = agent/geneve-agentd.c
agent_geneve_agentd_LDADD = agent/libagent.a lib/libga.a $(OVS_LIBS) \
	$(CURL_LIBS)
dist_man_MANS += agent/geneve-agentd.8
