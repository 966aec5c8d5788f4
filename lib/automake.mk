# lib/: pure logic, shared by all programs.  No I/O, no state.
noinst_LIBRARIES += lib/libga.a
lib_libga_a_SOURCES = \
	lib/option.c \
	lib/option.h
EXTRA_DIST += lib/ga-version.h.in
