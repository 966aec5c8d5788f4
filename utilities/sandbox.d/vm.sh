# shellcheck shell=bash
# vm.sh - part of ../sandbox: the VMs of endpoints, and their plugs.
#
# A VM is a namespace with an eth0; the other end of that cable is a port of
# the integration bridge with external_ids:iface-id=ENDPOINT, from which the
# agent knows it.  The file DIR/NODE/plugged/ENDPOINT says that it is there,
# and holds the name of its namespace, and after that "by itself" if its
# addresses and its MTU are left to what runs in it.

# Prints the JSON objects that say how ENDPOINT is to be made, from where
# NODE's agent has them, too; what there is not is missing there.
endpoint_objects() {
    local source endpoint vpc
    source=$(setting "$1" nve-controller)
    case $source in
    file://*)
        source=${source#file://}
        if [ -d "$source" ]; then
            cat "$source"/*.json
        else
            cat "$source"
        fi ;;
    *)
        endpoint=$(api "endpoints/$2") || return 0
        vpc=$(jq -r .spec.vpc <<<"$endpoint")
        echo "$endpoint"
        api "vpcs/$vpc" || : ;;
    esac
}

cmd_plug() {
    local config
    [ $# -eq 2 ] || usage_error "plug: give a node and an endpoint"
    need_sandbox
    NODE=$1 ENDPOINT=$2             # Global, for the trap.
    need_node "$NODE"
    [[ $ENDPOINT =~ ^[a-z0-9][-.a-z0-9]*$ ]] \
        || die "$ENDPOINT: not a name that an endpoint can have"
    [ ! -e "$DIR/$NODE/plugged/$ENDPOINT" ] \
        || die "$ENDPOINT: is plugged into $NODE already"
    config=$(endpoint_objects "$NODE" "$ENDPOINT" |
             "$UTILITIES/sandbox.d/endpoint-config" "$ENDPOINT") || exit
    mkdir -p "$DIR/$NODE/plugged"
    {
        vm_netns "$NODE" "$ENDPOINT"
        [ "$ADDRESSES" = yes ] || echo "by itself"
    } >"$DIR/$NODE/plugged/$ENDPOINT"
    trap 'trap - EXIT; unplug "$NODE" "$ENDPOINT"; exit 1' EXIT INT TERM
    make_vm "$NODE" "$ENDPOINT" "$config" || exit
    connect "$NODE" "$ENDPOINT" "$config" || exit
    trap - EXIT INT TERM
}

# A VM: a namespace whose eth0 is as CONFIG says (lines "KEY VALUE").
make_vm() {
    local node=$1 port ns config=$3 host key value no_ipv6=1 accept_ra=0
    ns=$(vm_netns "$node" "$2")
    port=$(port_name "$2")
    host=$(netns "$node")
    ip netns add "$ns" || return
    # IPv6 only where the endpoint has it, and then without waiting for
    # duplicates to show up.
    ! grep -q '^address .*:' <<<"$config" || no_ipv6=0
    if [ "$ADDRESSES" = no ]; then
        accept_ra=1
        config=$(grep '^mac ' <<<"$config")
    fi
    sysctl_net "$ns" ipv6/conf/default/disable_ipv6=$no_ipv6 \
        ipv6/conf/default/accept_dad=0 \
        ipv6/conf/default/accept_ra=$accept_ra
    ip -n "$ns" link set lo up
    ip -n "$host" link add "$port" type veth peer name eth0 netns "$ns" \
        || return
    no_offload "$ns" eth0
    no_offload "$host" "$port"
    while read -r key value; do
        case $key in
        mac) ip -n "$ns" link set eth0 address "$value" &&
             ip -n "$ns" link set eth0 up ;;
        mtu) ip -n "$ns" link set eth0 mtu "$value" ;;
        address) ip -n "$ns" address add "$value" dev eth0 ;;
        gateway) ip -n "$ns" route add default via "$value" dev eth0 onlink ;;
        esac || return
    done <<<"$config"
    ip -n "$host" link set "$port" up
    # Until now there was nothing for mtu-watch to set; make good for it.
    [ "$ADDRESSES" = no ] || set_mtu "$2" "$ns"
}

set_mtu() {
    local mtu
    mtu=$(api "endpoints/$1" | jq -r '.status.mtu // empty') || return 0
    [ -z "$mtu" ] || ip -n "$2" link set eth0 mtu "$mtu"
}

# Plugs the VM in as libvirt, OpenStack and CNIs do.
connect() {
    local node=$1 port wait=--no-wait bridge
    port=$(port_name "$2")
    ! daemon_pid "$node" ovs-vswitchd >/dev/null || wait=
    bridge=$(setting "$node" nve-bridge)
    # shellcheck disable=SC2086
    on "$node" ovs-vsctl --timeout=20 $wait --may-exist \
        add-port "${bridge:-br-int}" "$port" -- set interface "$port" \
        external_ids:iface-id="$2" \
        "external_ids:attached-mac=\"$(sed -n 's/^mac //p' <<<"$3")\""
}

unplug() {
    local node=$1 endpoint=$2 port ns wait=--no-wait
    port=$(port_name "$endpoint")
    ns=$(vm_netns "$node" "$endpoint")
    ! daemon_pid "$node" ovs-vswitchd >/dev/null || wait=
    # shellcheck disable=SC2086
    on "$node" ovs-vsctl --timeout=20 $wait --if-exists del-port "$port"
    if [ -e "/run/netns/$ns" ]; then
        end_processes "$ns"
        ip -n "$ns" link delete eth0 2>/dev/null
        ip netns delete "$ns"
    fi
    rm -f "$DIR/$node/plugged/$endpoint"
}

cmd_unplug() {
    local file
    need_sandbox
    case $# in
    1)
        [ -n "$(plugged "$1")" ] || die "$1: not plugged in"
        for file in $(plugged "$1"); do
            unplug "${file%%/*}" "$1"
        done ;;
    2)
        need_node "$1"
        [ -e "$DIR/$1/plugged/$2" ] || die "$2: not plugged into $1"
        unplug "$1" "$2" ;;
    *) usage_error "unplug: give an endpoint, with or without a node before" ;;
    esac
}
