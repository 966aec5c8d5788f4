# shellcheck shell=bash
# network.sh - part of ../sandbox: its namespaces, cables and addresses.

# Sets SPACES to the namespaces of this sandbox.
find_spaces() {
    local path
    SPACES=()
    for path in /run/netns/"$NS"-*; do
        [ ! -e "$path" ] || SPACES+=("${path##*/}")
    done
}

make_namespaces() {
    local node nodes=(fabric "${HOSTS[@]}" "${NODE_NAMES[@]}")
    printf 'netns add %s\n' "${nodes[@]/#/$NS-}" | ip -batch - || return
    for node in "${nodes[@]}"; do
        # The kernel's own IPv6 chatter would only disturb; add_ipv6 is for
        # the devices that are to have it.  A kernel may have no IPv6.
        inside "$NS-$node" sh -c \
            'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' 2>/dev/null
    done
    return 0
}

# Checksums and segments are otherwise left to a network card that is not
# there, and go out wrong: a command for a device of that namespace.
# shellcheck disable=SC2016
no_offload='ethtool -K "$1" tx off rx off gro off gso off tso off >/dev/null \
                2>&1'

# NAMESPACE DEVICE OPTION...: the end of a cable, as `ip link set' has options.
end_cable() {
    local ns=$1 device=$2; shift 2
    inside "$ns" sh -c "$no_offload; exec ip -batch -" sh "$device" <<END
link set lo up
link set $device up $*
END
}

make_fabric() {
    local node options
    {
        echo link set lo up
        echo link add underlay type bridge forward_delay 0 mcast_snooping 0
        echo link set underlay up
        for node in nva "${NODE_NAMES[@]}"; do
            echo "link add $node mtu 1500 type veth" \
                "peer name eth0 mtu 1500 netns $NS-$node"
            echo "link set $node master underlay up"
        done
    } | ip -n "$NS-fabric" -batch - || return
    for node in nva "${NODE_NAMES[@]}"; do
        # The wire of a node is Open vSwitch's.  The kernel sees it too, and
        # would answer ARP requests for br-phy's address with eth0's MAC, and
        # draw to that the tunnels, which are not found there.
        case $node,$DATAPATH in
        nva,*) options= ;;
        *,system) underlay_mac "$node"; options="address $REPLY" ;;
        *) options='arp off' ;;
        esac
        # shellcheck disable=SC2086
        end_cable "$NS-$node" eth0 $options || return
    done
}

# NODE's MAC on the underlay.
underlay_mac() { printf -v REPLY 02:00:c0:00:02:%02x "${1#hv-}"; }

# NAMESPACE DEVICE ADDRESS...: gives a device IPv6 addresses, at once and
# without a link-local one, which nothing here needs.
add_ipv6() {
    local ns=$1 device=$2; shift 2
    # shellcheck disable=SC2016
    {
        echo "link set $device addrgenmode none"
        printf "address replace %s dev $device nodad\n" "$@"
    } | inside "$ns" sh -c '{
            echo 0 >"/proc/sys/net/ipv6/conf/$1/disable_ipv6"
            echo 0 >"/proc/sys/net/ipv6/conf/$1/accept_ra"
        } 2>/dev/null
        exec ip -batch -' sh "$device"
}
