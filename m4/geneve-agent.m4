# geneve-agent.m4 - checks that only this project needs.

# GA_CHECK_OVS: find Open vSwitch's source and build trees and set OVS_CFLAGS
# and OVS_LIBS.  The order of the include directories matters (each tree has
# headers of the same name), and -isystem keeps OVS's own warnings away.
AC_DEFUN([GA_CHECK_OVS],
  [AC_ARG_WITH([ovs-source],
     [AS_HELP_STRING([--with-ovs-source=DIR],
        [Open vSwitch source tree (utilities/build-ovs makes one)])])
   AC_ARG_WITH([ovs-build],
     [AS_HELP_STRING([--with-ovs-build=DIR],
        [Open vSwitch build tree (default: the source tree)])])
   AS_IF([test -z "$with_ovs_source" || test "$with_ovs_source" = yes],
     [AC_MSG_ERROR([give --with-ovs-source=DIR; run utilities/build-ovs to
   build Debian's openvswitch-source: it prints the arguments])])
   AS_IF([test -z "$with_ovs_build"], [with_ovs_build=$with_ovs_source])
   AC_MSG_CHECKING([for the Open vSwitch source tree])
   AS_IF([test -f "$with_ovs_source/lib/ovsdb-idl.h"],
     [OVS_SRCDIR=`cd "$with_ovs_source" && pwd`],
     [AC_MSG_ERROR([$with_ovs_source: no Open vSwitch source tree])])
   AC_MSG_RESULT([$OVS_SRCDIR])
   AC_MSG_CHECKING([for the Open vSwitch build tree])
   AS_IF([test -f "$with_ovs_build/lib/.libs/libopenvswitch.a"],
     [OVS_BUILDDIR=`cd "$with_ovs_build" && pwd`],
     [AC_MSG_ERROR([$with_ovs_build: lib/libopenvswitch.la is not built there;
   run utilities/build-ovs])])
   AC_MSG_RESULT([$OVS_BUILDDIR])
   ovs_version=`sed -n 's/^#define VERSION "\(.*\)"/\1/p' \
                "$OVS_BUILDDIR/config.h"`
   OVS_CFLAGS=
   for d in "$OVS_BUILDDIR" "$OVS_SRCDIR/include" "$OVS_BUILDDIR/include" \
            "$OVS_SRCDIR/lib" "$OVS_BUILDDIR/lib" "$OVS_SRCDIR"; do
     OVS_CFLAGS="$OVS_CFLAGS -isystem $d"
   done
   # What the library itself links with, as its libtool archive says.
   OVS_LIBS="$OVS_BUILDDIR/lib/.libs/libopenvswitch.a `sed -n \
     "s/^dependency_libs='\(.*\)'/\1/p" \
     "$OVS_BUILDDIR/lib/libopenvswitch.la" | \
     sed 's,/\(@<:@^/ @:>@*\)\.la,/.libs/\1.a,g'` -lm"
   AC_SUBST([OVS_SRCDIR])
   AC_SUBST([OVS_BUILDDIR])
   AC_SUBST([OVS_CFLAGS])
   AC_SUBST([OVS_LIBS])
   AC_SUBST([ovs_version])])

# GA_ENABLE_WERROR: the warnings we build with, as errors on request.
AC_DEFUN([GA_ENABLE_WERROR],
  [AC_ARG_ENABLE([Werror],
     [AS_HELP_STRING([--enable-Werror], [treat warnings as errors])])
   GA_CFLAGS="-std=gnu11 -Wall -Wextra -Wpointer-arith -Wmissing-prototypes"
   GA_CFLAGS="$GA_CFLAGS -Wstrict-prototypes -Wold-style-definition"
   GA_CFLAGS="$GA_CFLAGS -fno-strict-aliasing"
   # clang, unlike gcc, blames us for what Open vSwitch's VLOG macros compare.
   AC_CHECK_DECL([__clang__], [GA_CFLAGS="$GA_CFLAGS -Wno-sign-compare"])
   AS_IF([test "$enable_Werror" = yes], [GA_CFLAGS="$GA_CFLAGS -Werror"])
   AC_SUBST([GA_CFLAGS])])

# GA_ENABLE_SANITIZERS: our own code under ASan and UBSan.  A plain library of
# Open vSwitch goes well with it.
AC_DEFUN([GA_ENABLE_SANITIZERS],
  [AC_ARG_ENABLE([sanitizers],
     [AS_HELP_STRING([--enable-sanitizers],
        [build with the address and undefined behaviour sanitizers])])
   GA_SANITIZER_FLAGS=
   AS_IF([test "$enable_sanitizers" = yes],
     [GA_SANITIZER_FLAGS="-fsanitize=address,undefined"
      GA_SANITIZER_FLAGS="$GA_SANITIZER_FLAGS -fno-omit-frame-pointer"
      GA_SANITIZER_FLAGS="$GA_SANITIZER_FLAGS -fno-sanitize-recover=undefined"])
   AC_SUBST([GA_SANITIZER_FLAGS])])

# GA_ENABLE_FUZZING: the same for fuzzing, with libFuzzer.  Needs clang.
# FUZZ_ENGINE calls the targets in tests/fuzz.
AC_DEFUN([GA_ENABLE_FUZZING],
  [AC_ARG_ENABLE([fuzzing],
     [AS_HELP_STRING([--enable-fuzzing],
        [build for `make fuzz' (CC=clang, nothing else works)])])
   FUZZ_ENGINE=
   AS_IF([test "$enable_fuzzing" = yes],
     [FUZZ_ENGINE=-fsanitize=fuzzer
      GA_SANITIZER_FLAGS="-fsanitize=fuzzer-no-link,address,undefined"
      GA_SANITIZER_FLAGS="$GA_SANITIZER_FLAGS -fno-omit-frame-pointer"
      GA_SANITIZER_FLAGS="$GA_SANITIZER_FLAGS -fno-sanitize-recover=undefined"])
   AM_CONDITIONAL([FUZZING], [test "$enable_fuzzing" = yes])
   AC_SUBST([FUZZ_ENGINE])])
