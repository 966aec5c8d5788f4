# shellcheck shell=bash
# demo.sh - part of ../sandbox: demonstrations, each in a sandbox of its own.
#
# A demonstration is a program beside this file, demo-NAME DIR, that shows
# something in a sandbox that has just been started, and fails if it is not as
# it should be.

cmd_demo() {
    local rc
    [ $# -eq 1 ] || usage_error "demo: give one; there is: seeds"
    [ "$1" = seeds ] || usage_error "demo: $1? There is: seeds"
    need_root
    [ -n "$(type -P tshark)" ] || die "tshark is missing"
    "$0" start -d "$DIR" -n 3 || exit
    "$UTILITIES/sandbox.d/demo-$1" "$DIR"; rc=$?
    [ "$KEEP" = yes ] || "$0" stop -d "$DIR"
    exit $rc
}
