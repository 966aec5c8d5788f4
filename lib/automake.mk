# lib/: pure logic, shared by all programs.  No I/O, no state.
noinst_LIBRARIES += lib/libga.a
lib_libga_a_SOURCES = \
	lib/option.c \
	lib/option.h
lib_libga_a_SOURCES += \
	lib/field-error.c \
	lib/field-error.h \
	lib/json-util.c \
	lib/json-util.h \
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
	lib/value.c \
	lib/value.h
EXTRA_DIST += lib/ga-version.h.in
