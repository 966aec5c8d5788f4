# docs/: for operators and developers.
EXTRA_DIST += \
	docs/architecture.md \
	docs/negotiation.md \
	docs/operations.md \
	docs/policy.md
