"""The TLV map of a bridge, and flows that use it while it changes."""
import contextlib
import re

import of_relay
from ofctrl_driver import A, B, C, Driver, delete_tlv_map, flow
from ofctrl_driver import bridge, driver, switch     # noqa: F401
from waiting import wait_until


def revalidations(switch):
    for line in switch.appctl("coverage/show").splitlines():
        if line.startswith("rev_flow_table"):
            return int(line.split()[-1])
    return 0


def test_a_tlv_map_that_grows(switch, bridge, driver):
    """What is there is not touched; the datapath takes notice."""
    with driver.at_once():
        driver("tlv-map", A % 10)
        driver.replace("x", 1,
                       "table=0 actions=set_field:0x1->tun_metadata10")
    status = driver.wait()
    assert (status["tlvMods"], status["flowMods"]) == (1, 1)

    # A map and nothing else: a revalidation, but no trace in the tables.
    n = revalidations(switch)
    driver("tlv-map", A % 10 + "," + B % 20)
    status = driver.wait()
    assert (status["tlvMods"], status["flowMods"], status["bundles"]) == (
        2, 1, 2)
    assert switch.tlv_map(bridge)[20] == (0xff01, 0x82, 8)
    assert len(switch.flows(bridge)) == 1
    wait_until(lambda: revalidations(switch) > n, "flows are revalidated")

    # A map and a flow that uses it, in the other order of calls.
    with driver.at_once():
        driver.replace("y", 2,
                       "table=1 actions=set_field:0x1->tun_metadata30")
        driver("tlv-map", ",".join([A % 10, B % 20, C % 30]))
    status = driver.wait()
    assert (status["tlvMods"], status["flowMods"]) == (3, 2)
    assert not driver.errors()
    assert len(switch.flows(bridge)) == 2


def test_a_tlv_index_that_moves(switch, bridge, driver):
    driver("tlv-map", ",".join([A % 10, B % 20, C % 30]))
    driver("complete", "true")
    driver.replace("x", 1, "table=0 actions=set_field:0x1->tun_metadata10",
                   "table=1,tun_metadata20=0x2 actions=drop")
    driver.replace("same", 2, "table=2 actions=set_field:1->tun_metadata30")
    status = driver.wait()
    before = switch.flows(bridge)
    with driver.at_once():
        driver("tlv-map", ",".join([A % 20, B % 10, C % 30]))
        driver.replace("x", 1,
                       "table=0 actions=set_field:0x1->tun_metadata20",
                       "table=1,tun_metadata10=0x2 actions=drop")
    after = driver.wait()
    assert switch.tlv_map(bridge) == {10: (0xff01, 0x82, 8),
                                      20: (0xff01, 1, 4), 30: (0xff01, 3, 4)}
    assert set(switch.flows(bridge)) == {
        flow(1, "table=0 actions=set_field:0x1->tun_metadata20"),
        flow(1, "table=1 tun_metadata10=0x2 actions=drop"),
        flow(2, "table=2 actions=set_field:0x1->tun_metadata30")}
    # Two deleted, two added, the third left alone.
    assert after["flowMods"] == status["flowMods"] + 4
    assert not driver.errors()
    key = flow(2, "table=2 actions=set_field:0x1->tun_metadata30")
    assert switch.flows(bridge)[key][0] >= before[key][0]


def test_a_tlv_mapping_that_changes_under_a_flow(switch, bridge, driver):
    """Another option, then another length, at an index in use by a flow that
    does not change."""
    driver("tlv-map", A % 10)
    driver("complete", "true")
    driver.replace("x", 1, "table=0 actions=set_field:0x1->tun_metadata10")
    n = driver.wait()["flowMods"]
    for entry, mapping in ((C, (0xff01, 3, 4)), (B, (0xff01, 0x82, 8))):
        driver("tlv-map", entry % 10)
        n += 2
        assert driver.wait()["flowMods"] == n
        assert switch.tlv_map(bridge) == {10: mapping}
        assert len(switch.flows(bridge)) == 1
    assert not driver.errors()


def test_a_tlv_mapping_that_goes(switch, bridge, driver):
    driver("tlv-map", A % 10 + "," + B % 20)
    driver("complete", "true")
    flows = ["table=0,metadata=%d actions=set_field:0x1->tun_metadata10,"
             "set_field:0x2->tun_metadata20" % i for i in range(500)]
    driver.replace("x", 1, *flows)
    driver.wait()
    with driver.at_once():
        driver("tlv-map", B % 20)
        driver.replace("x", 1,
                       *[f.replace("set_field:0x1->tun_metadata10,", "")
                         for f in flows])
    driver.wait()
    assert len(switch.flows(bridge)) == 500
    wait_until(lambda: switch.tlv_map(bridge) == {20: (0xff01, 0x82, 8)},
                 "the mapping is gone")
    assert not driver.errors()
    # Flows that still use it are refused, with a reason.
    driver.replace("y", 2, "table=1 actions=set_field:1->tun_metadata10")
    driver.wait()
    [(name, error)] = driver.errors()
    assert name == "y" and "needs tun_metadata10" in error
    assert not driver.confirmed("y")


def test_a_tlv_mapping_that_others_use(switch, bridge, driver):
    """It is an error after a while, and stops nothing else."""
    switch.ofctl("add-tlv-map", bridge, A % 10)
    switch.ofctl("add-flow", bridge, "cookie=1,table=9 "
                 "actions=set_field:0x1->tun_metadata10")
    driver.restart()
    driver("tlv-map", B % 10 + "," + C % 20)
    driver("complete", "true")
    driver.replace("x", 1, "table=0 actions=set_field:0x1->tun_metadata10")
    driver.replace("y", 2, "table=1 actions=set_field:0x1->tun_metadata20")
    driver.wait()
    errors = dict(driver.errors())
    assert set(errors) == {"TLV map", "x"}
    assert "cannot unmap option 0xff01/0x01" in errors["TLV map"]
    assert driver.confirmed("y") and not driver.confirmed("x")
    assert switch.tlv_map(bridge) == {10: (0xff01, 1, 4), 20: (0xff01, 3, 4)}

    # Once the other is gone, it comes right, be it after a while.
    switch.ofctl("del-flows", bridge, "cookie=1/-1")
    wait_until(lambda: driver.confirmed("x"), "the map is right")
    assert not driver.errors()
    assert switch.tlv_map(bridge) == {10: (0xff01, 0x82, 8),
                                      20: (0xff01, 3, 4)}


def test_tlv_maps_that_cannot_be(switch, bridge, driver):
    driver("complete", "true")
    driver("tlv-map", "{class=1,type=1,len=6}->tun_metadata1," + C % 20)
    driver.replace("x", 1, "table=0 actions=set_field:0x1->tun_metadata1")
    driver.replace("y", 2, "table=1 actions=set_field:0x1->tun_metadata20")
    driver.wait()
    errors = dict(driver.errors())
    assert set(errors) == {"TLV map", "x"}
    assert "tun_metadata1: cannot map option 0x0001/0x01" in errors["TLV map"]
    assert driver.confirmed("y")
    # More than 256 bytes of data: the last one has no room.
    driver("tlv-map", ",".join("{class=1,type=%d,len=124}->tun_metadata%d"
                               % (i, i) for i in range(3)) + "," + C % 20)
    driver.wait()
    errors = dict(driver.errors())
    assert "NXTTMFC_TABLE_FULL" in errors["TLV map"]
    driver("tlv-map", C % 20)
    driver.wait()
    assert "TLV map" not in dict(driver.errors())


@contextlib.contextmanager
def tunnel(switch, bridge, ofport):
    """A Geneve port; what it sends can be seen by ofproto/trace."""
    switch.add_bridge("phy", ["phy-p1 type=dummy ofport_request=1"])
    switch.ofctl("add-flow", "phy", "actions=output:1")
    switch.appctl("netdev-dummy/ip4addr", "phy", "192.0.2.1/24")
    switch.appctl("ovs/route/add", "192.0.2.0/24", "phy")
    switch.appctl("tnl/arp/set", "phy", "192.0.2.9", "02:00:00:00:00:09")
    switch.vsctl("add-port", bridge, "gnv", "--", "set", "interface", "gnv",
                 "type=geneve", "options:remote_ip=192.0.2.9",
                 "options:key=flow", "ofport_request=%d" % ofport)
    yield
    switch.vsctl("del-port", "gnv", "--", "del-br", "phy")


def sent_options(switch, bridge, in_port):
    trace = switch.appctl("ofproto/trace", bridge, "in_port=%d" % in_port)
    [options] = re.findall(r"geneve\(.*options\(([^)]*)\)", trace)
    return options


def test_an_option_without_data(switch, bridge, driver):
    tlvs = "{class=0xff01,type=9,len=0}->tun_metadata5," + A % 6
    flows = ["table=0,in_port=1 actions=set_field:0->tun_metadata5,"
             "set_field:0x0->tun_metadata6,output:7",
             "table=0,in_port=2 actions=set_field:0->tun_metadata5,"
             "set_field:0x1->tun_metadata6,resubmit(,1),output:7",
             "table=1 actions=delete_field:tun_metadata5"]
    with tunnel(switch, bridge, 7):
        with driver.at_once():
            driver("tlv-map", tlvs)
            driver.replace("x", 1, *flows)
        driver.wait()
        assert not driver.errors()
        assert len(switch.flows(bridge)) == 3
        assert sent_options(switch, bridge, 1) == (
            "{class=0xff01,type=0x9,len=0}"
            "{class=0xff01,type=0x1,len=4,0}")
        assert sent_options(switch, bridge, 2) == (
            "{class=0xff01,type=0x1,len=4,0x1}")
        driver.restart()
        with driver.at_once():
            driver("tlv-map", tlvs)
            driver.replace("x", 1, *flows)
        assert driver.wait()["flowMods"] == 0


def test_fault_the_map_goes_before_flows_come(switch, bridge):
    """Between reading the map and sending flows that need it: they are
    refused, and the map is read again at once, not when its second is
    over."""
    steps = []

    def look(kind, _):
        # A bundle is begun.
        if kind == of_relay.BUNDLE_ADD and steps == ["delete the map"]:
            steps.append("deleted")
            delete_tlv_map(switch, bridge)
    relay = of_relay.Relay(switch.dir / (bridge + ".mgmt"), look)
    d = Driver(switch, bridge, relay.dir)
    d("tlv-map", A % 1)
    d.replace("x", 1, "table=10,tun_metadata1=0x5 actions=drop",
              "table=10,tun_metadata1=0x6 actions=drop")
    d("complete", "true")
    d.wait()
    flows = set(switch.flows(bridge))
    d("time/stop")
    steps.append("delete the map")
    switch.ofctl("del-flows", bridge)
    d.replace("y", 2, "table=11 actions=drop")
    wait_until(lambda: len(switch.flows(bridge)) == 3, "all are there")
    assert steps[1:] == ["deleted"]
    assert flows < set(switch.flows(bridge))
    assert switch.tlv_map(bridge) == {1: (0xff01, 1, 4)}
    d("exit")
    assert d.process.wait(20) == 0
    relay.close()
