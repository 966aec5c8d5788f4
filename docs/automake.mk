# docs/: for operators and developers.
EXTRA_DIST += \
	docs/architecture.md \
	docs/operations.md
