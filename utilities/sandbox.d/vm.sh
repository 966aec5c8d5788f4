# shellcheck shell=bash
# vm.sh - part of ../sandbox: the VMs of endpoints, and their plugs.
#
# A VM is a namespace with an eth0; the other end of that cable is a port of
# the integration bridge with external_ids:iface-id=ENDPOINT, from which the
# agent knows it.  The file DIR/NODE/plugged/ENDPOINT says that it is there,
# and holds the name of its namespace, and after that "by itself" if its
# addresses and its MTU are left to what runs in it.

# Sets CONTROLLER and BRIDGE to settings of NODE's agent, or to nothing.
read_settings() {
    CONTROLLER='' BRIDGE=''
    { read -r CONTROLLER; read -r BRIDGE; } < <(
        vsctl "$1" --no-wait \
            --if-exists get open . external_ids:nve-controller \
            -- --if-exists get open . external_ids:nve-bridge)
    CONTROLLER=${CONTROLLER//\"/} BRIDGE=${BRIDGE//\"/}
}

# Prints the JSON objects that say how ENDPOINT is to be made, from where
# the agent has them, too; what there is not is missing there.
endpoint_objects() {
    local source
    case $CONTROLLER in
    file://*)
        source=${CONTROLLER#file://}
        if [ -d "$source" ]; then
            cat "$source"/*.json
        else
            cat "$source"
        fi ;;
    *)
        api "endpoints/$1" vpcs || : ;;
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
    read_settings "$NODE"
    config=$(endpoint_objects "$ENDPOINT" |
             "$UTILITIES/sandbox.d/endpoint-config" --arg name "$ENDPOINT") ||
        exit
    [ -d "$DIR/$NODE/plugged" ] || mkdir -p "$DIR/$NODE/plugged"
    name_vm "$NODE" "$ENDPOINT"
    {
        echo "$VM"
        [ "$ADDRESSES" = yes ] || echo "by itself"
    } >"$DIR/$NODE/plugged/$ENDPOINT"
    trap 'trap - EXIT; unplug "$NODE" "$ENDPOINT"; exit 1' EXIT INT TERM
    make_vm "$NODE" "$ENDPOINT" "$config" || exit
    connect "$NODE" "$ENDPOINT" "$config" || exit
    trap - EXIT INT TERM
}

# Prints the commands of `ip -batch' by which the eth0 of a VM gets what its
# configuration on standard input says: lines "KEY VALUE", of which the first
# is its MAC.
vm_commands() {
    local key value
    echo link set lo up
    while read -r key value; do
        case $key in
        mac) echo "link set eth0 address $value up" ;;
        mtu) echo "link set eth0 mtu $value" ;;
        address) echo "address add $value dev eth0" ;;
        gateway) echo "route add default via $value dev eth0 onlink" ;;
        esac
        [ "$ADDRESSES" = yes ] || break
    done
}

# A VM: a namespace whose eth0 is as CONFIG says.  For name_vm's names.
make_vm() {
    local node=$1 no_ipv6=1 accept_ra=0 mtu=
    ip netns add "$VM" || return
    # IPv6 only where the endpoint has it, and then without waiting for
    # duplicates to show up.
    [[ $3 != *$'\n'address\ *:* ]] || no_ipv6=0
    [ "$ADDRESSES" = yes ] || accept_ra=1
    # shellcheck disable=SC2154     # no_offload is network.sh's.
    vm_commands <<<"$3" | inside "$VM" sh -c "
        cd /proc/sys/net/ipv6/conf/default 2>/dev/null && {
            echo $no_ipv6 >disable_ipv6
            echo 0 >accept_dad
            echo $accept_ra >accept_ra
        }
        ip link add eth0 type veth peer name $PORT netns $NS-$node || exit
        $no_offload
        exec ip -batch -" sh eth0 || return
    end_cable "$NS-$node" "$PORT" || return
    # Until now there was nothing for mtu-watch to set; make good for it.
    [[ ! $3 =~ mtu\ ([0-9]+) ]] || mtu=${BASH_REMATCH[1]}
    [ "$ADDRESSES" = no ] || set_mtu "$2" "$VM" "$mtu"
}

# ENDPOINT NAMESPACE MTU: gives a VM the MTU of its endpoint's status, where no
# other member has that name, if it is not what it has.
set_mtu() {
    [[ $(api "endpoints/$1") =~ \"mtu\":\ *([0-9]+) ]] || return 0
    [ "${BASH_REMATCH[1]}" = "$3" ] ||
        ip -n "$2" link set eth0 mtu "${BASH_REMATCH[1]}"
}

# Plugs the VM in as libvirt, OpenStack and CNIs do.
connect() {
    local node=$1 wait=--no-wait mac=${3#mac }
    ! find_daemon "$node" ovs-vswitchd || wait=
    # shellcheck disable=SC2086
    vsctl "$node" $wait --may-exist add-port "${BRIDGE:-br-int}" "$PORT" \
        -- set interface "$PORT" external_ids:iface-id="$2" \
        "external_ids:attached-mac=\"${mac%%$'\n'*}\""
}

unplug() {
    local node=$1 endpoint=$2 wait=--no-wait
    name_vm "$node" "$endpoint"
    ! find_daemon "$node" ovs-vswitchd || wait=
    # shellcheck disable=SC2086
    vsctl "$node" $wait --if-exists del-port "$PORT"
    if [ -e "/run/netns/$VM" ]; then
        end_processes "$VM"
        ip -n "$VM" link delete eth0 2>/dev/null
        ip netns delete "$VM"
    fi
    rm -f "$DIR/$node/plugged/$endpoint"
}

cmd_unplug() {
    local file
    need_sandbox
    case $# in
    1)
        find_plugged "$1"
        [ ${#FILES[@]} != 0 ] || die "$1: not plugged in"
        for file in "${FILES[@]}"; do
            unplug "${file%%/*}" "$1"
        done ;;
    2)
        need_node "$1"
        [ -e "$DIR/$1/plugged/$2" ] || die "$2: not plugged into $1"
        unplug "$1" "$2" ;;
    *) usage_error "unplug: give an endpoint, with or without a node before" ;;
    esac
}
