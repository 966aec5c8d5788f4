# docs/: for operators and developers.
EXTRA_DIST += \
	docs/architecture.md \
	docs/dhcp.md \
	docs/external.md \
	docs/geneve-tap.md \
	docs/installing.md \
	docs/limits.md \
	docs/negotiation.md \
	docs/operations.md \
	docs/other-nves.md \
	docs/overview.svg \
	docs/performance.md \
	docs/performance.svg \
	docs/plans.md \
	docs/policy.md \
	docs/qos.md \
	docs/resources.md \
	docs/security.md \
	docs/seeds.md \
	docs/services.md \
	docs/vxlan.md
