# shellcheck shell=bash
# outside.sh - part of ../sandbox: the world outside of all VPCs (start -x).
#
#   [ br-int hv-1 br-ex ]==ext-hv-1-- provider --ext-hv-2==[ br-ex hv-2 ...
#                                        |
#                                   ext-outside== outside
#
# `provider' is a second bridge in the namespace of the fabric, the network
# that a provider would have: 198.51.100.0/24 and 2001:db8:ffff::/64.  The
# host `outside' is its address 1.  hv-1 and hv-2 have a bridge br-ex on it,
# which they know as physnet1; the remaining nodes have no way there.  The
# interface ext-NODE is a node's wire, ext-outside the host's: the places to
# capture.

OUTSIDE=198.51.100.1
OUTSIDE6=2001:db8:ffff::1

has_outside() { [ "$WITH_OUTSIDE" = yes ]; }

# Of the nodes these are on the provider network.
is_outside_node() { has_outside && [[ $1 == hv-[12] ]]; }

make_provider() {
    local node device
    has_outside || return 0
    {
        echo link add provider type bridge forward_delay 0 mcast_snooping 0
        echo link set provider up
        for node in outside "${NODE_NAMES[@]:0:2}"; do
            device=eth1
            [ "$node" != outside ] || device=eth0
            echo "link add ext-$node mtu 1500 type veth" \
                "peer name $device mtu 1500 netns $NS-$node"
            echo "link set ext-$node master provider up"
        done
    } | ip -n "$NS-fabric" -batch - && end_cable "$NS-outside" eth0 || return
    for node in "${NODE_NAMES[@]:0:2}"; do
        # As for a node's eth0: this one is Open vSwitch's.
        if [ "$DATAPATH" = system ]; then
            end_cable "$NS-$node" eth1
        else
            end_cable "$NS-$node" eth1 arp off
        fi || return
    done
}

# Sets the array EX to the words of ovs-vsctl that make NODE's provider bridge
# and map physnet1 to it; to none if NODE is not on the provider network.
set_provider_bridge() {
    EX=()
    is_outside_node "$1" || return 0
    # shellcheck disable=SC2034  # It is the caller's.
    EX=(-- add-br br-ex -- set bridge br-ex "datapath_type=$DATAPATH"
        -- add-port br-ex eth1
        -- set open . external_ids:nve-bridge-mappings=physnet1:br-ex)
}

start_outside() {
    ip -n "$NS-outside" address add $OUTSIDE/24 dev eth0 &&
    add_ipv6 "$NS-outside" eth0 $OUTSIDE6/64 &&
    start_daemon outside outside-server
}

start_outside_server() {
    local ON
    set_on outside
    setsid "${ON[@]}" "$UTILITIES/sandbox.d/outside-server" \
        "$DIR/outside/outside-server.pid" $OUTSIDE $OUTSIDE6 \
        </dev/null >"$DIR/outside/outside-server.out" 2>&1 8>&- 9>&- &
    wait_for_daemon outside outside-server $!
}
