# shellcheck shell=bash
# daemons.sh - part of ../sandbox: a node's daemons, their start and their end.
#
# Open vSwitch's daemons are started with --detach and have come up when that
# returns.  Ours stay in the foreground, in a session of their own.  Pidfile,
# log and control socket of each are in DIR/NODE, under Open vSwitch's names.

daemons_of() {
    case $1 in
    nva) REPLY='ovsdb-server nvad nva-labeller' ;;
    outside) REPLY=outside-server ;;
    hv-*) REPLY='ovsdb-server ovs-vswitchd geneve-agentd' ;;
    esac
}

# Sets PID to the process of NODE's DAEMON; fails if it does not run.
# Processes come and go, so a number in a pidfile counts only with the right
# name.  A zombie does not run, whenever init gets around to it.
find_daemon() {
    local stat comm
    { read -r PID <"$DIR/$1/$2.pid"; } 2>/dev/null || return 1
    { read -r stat <"/proc/$PID/stat"; } 2>/dev/null || return 1
    comm=${stat#*(} comm=${comm%)*}
    [ "$comm" = "${2:0:15}" ] && [[ ${stat##*) } != [ZX]* ]]
}

# Everything that waits has one deadline, counted from the start of the verb.
in_time() { [ $SECONDS -lt "$DEADLINE" ]; }

daemon_failed() {
    local node=$1 daemon=$2 file
    say "$node: $daemon failed${3:+: $3}"
    for file in "$DIR/$node/$daemon.log" "$DIR/$node/$daemon.out"; do
        [ -s "$file" ] && tail -n 15 "$file" | sed "s/^/  ${file##*/}: /" >&2
    done
    return 1
}

# Starts one of Open vSwitch's daemons, which returns once it is ready.
start_ovs() {
    local node=$1 daemon=$2 ON; shift 2
    set_on "$node"
    "${ON[@]}" "$daemon" "$@" --pidfile --no-chdir --detach -vconsole:off \
        --log-file="$DIR/$node/$daemon.log" \
        </dev/null >>"$DIR/$node/$daemon.out" 2>&1 8>&- 9>&- \
        || daemon_failed "$node" "$daemon"
}

# Starts one of ours.  In the foreground, with its output in a file, so that
# nothing is lost that it, or a sanitizer, says at its end.
start_ours() {
    local node=$1 daemon=$2 ON; shift 2
    set_on "$node"
    setsid "${ON[@]}" "$daemon" "$@" --pidfile --no-chdir -vconsole:off \
        --log-file="$DIR/$node/$daemon.log" \
        </dev/null >>"$DIR/$node/$daemon.out" 2>&1 8>&- 9>&- &
    wait_for_daemon "$node" "$daemon" $!
}

# Waits until process NUMBER has written NODE's pidfile of DAEMON.
wait_for_daemon() {
    until find_daemon "$1" "$2" && [ "$PID" = "$3" ]; do
        if ! kill -0 "$3" 2>/dev/null || ! in_time; then
            daemon_failed "$1" "$2"
            return
        fi
        nap 0.02
    done
}

start_daemon() {
    local node=$1 daemon=$2 db=$DIR/$1/db.sock listen=$NVA
    case $daemon in
    ovsdb-server)
        start_ovs "$node" ovsdb-server "--remote=punix:$db" \
            "$DIR/$node/conf.db" ;;
    ovs-vswitchd)
        if [ "$DATAPATH" = system ]; then
            start_ovs "$node" ovs-vswitchd "unix:$db"
        else
            start_ovs "$node" ovs-vswitchd --disable-system "unix:$db"
        fi && address_node "$node" ;;
    geneve-agentd)
        start_ours "$node" geneve-agentd "--state-dir=$DIR/$node" "unix:$db" ;;
    nvad)
        # For both families where there are both.
        ! uses_ipv6 || listen="[::]:${NVA##*:}"
        # shellcheck disable=SC2086
        start_ours "$node" nvad --insecure "--listen=$listen" \
            ${GA_SANDBOX_NVAD_OPTIONS:-} "unix:$db" &&
        wait_for_nvad ;;
    nva-labeller)
        start_ours "$node" nva-labeller "http://$NVA" ;;
    outside-server)
        start_outside_server ;;
    esac
}

# br-phy is a device of ovs-vswitchd's and goes with it: after each start its
# address is to be given anew, as the network scripts of a host do.
address_node() {
    local address all device=br-phy
    [ "$DATAPATH" != system ] || device=eth0
    addresses_of "$1"
    IFS=, read -ra all <<<"$REPLY"
    for address in "${all[@]}"; do
        case $address in
        *:*) add_ipv6 "$NS-$1" $device "$address/64" ;;
        *) ip -n "$NS-$1" address replace "$address/24" dev $device ;;
        esac || return
    done
    ip -n "$NS-$1" link set $device up
}

wait_for_nvad() {
    until api nves >/dev/null; do
        find_daemon nva nvad || { daemon_failed nva nvad; return; }
        in_time || { daemon_failed nva nvad "does not answer"; return; }
        nap 0.05
    done
}
