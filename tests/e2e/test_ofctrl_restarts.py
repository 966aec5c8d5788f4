"""The agent's OpenFlow part begins, and begins again: before all is known it
writes nothing that has an effect, and what a switch has already is not sent to
it; a switch that has lost all gets it back.
"""
import ovs
from ofctrl_driver import (A, B, C, COOKIE, FLOWS, flow, interference, receive,
                           wait_status)
from ofctrl_driver import bridge, driver, switch     # noqa: F401
from stopping import stopped
from waiting import wait_until


def test_nothing_is_written_before_the_state_is_complete(switch, bridge,
                                                         driver):
    stale = "cookie=%#x,table=3,priority=7,ip actions=drop" % (COOKIE | 9)
    switch.ofctl("add-flow", bridge, stale)
    switch.ofctl("add-tlv-map", bridge, C % 9)
    driver.restart()
    driver("tlv-map", A % 1)
    driver.replace("x", 1, "table=0,priority=1,actions=drop")
    status = wait_status(driver, lambda s: s["state"] == "steady" and s,
                         "the driver has read all")
    assert (status["flowMods"], status["tlvMods"]) == (0, 0)
    assert switch.tlv_map(bridge) == {9: (0xff01, 3, 4)}
    assert set(switch.flows(bridge)) == {
        flow(9, "table=3 priority=7,ip actions=drop")}
    assert not driver.confirmed("x")

    driver("complete", "true")
    status = driver.wait()
    assert status["flowMods"] == 2
    assert switch.tlv_map(bridge) == {1: (0xff01, 1, 4)}
    assert set(switch.flows(bridge)) == {
        flow(1, "table=0 priority=1 actions=drop")}
    assert driver.confirmed("x")


def test_an_empty_switch_gets_flows_early(switch, bridge, driver):
    """They are sent while the state is not complete yet, but have no effect
    before it is."""
    switch.ofctl("add-meter", bridge, "meter=1,pktps,band=type=drop,rate=9")
    driver("tlv-map", A % 1)
    driver.replace("x", 1, "table=1 actions=drop", "table=2 actions=drop",
                   "table=3 actions=meter:1,output:2",
                   "table=4 actions=set_field:0x5->tun_metadata1,output:2")
    for n in range(5, 10):
        driver.replace("y%d" % n, n, "table=%d actions=drop" % n)
    wait_status(driver, lambda s: s["flowMods"] == 7, "flows have been sent")
    # One is not wanted any more, one in another way.
    driver.replace("x", 1, "table=1 actions=output:1",
                   "table=3 actions=meter:1,output:2",
                   "table=4 actions=set_field:0x5->tun_metadata1,output:2")
    status = driver.status()
    assert status["state"] == "steady" and status["installed"] == 0
    assert not switch.flows(bridge)
    assert not driver.confirmed("y5")

    driver("complete", "true")
    status = driver.wait()
    # Two that were held back, and two that had to be put right.
    assert (status["flowMods"], status["bundles"]) == (11, 1)
    assert set(switch.flows(bridge)) == {
        flow(1, "table=1 actions=output:1"),
        flow(1, "table=3 actions=meter:1,output:2"),
        flow(1, "table=4 actions=set_field:0x5->tun_metadata1,output:2"),
        *(flow(n, "table=%d actions=drop" % n) for n in range(5, 10))}
    assert driver.confirmed("x") and not driver.errors()


def test_early_flows_are_given_up_and_sent_again(switch, bridge, driver):
    """When nothing more comes for some seconds: the switch would forget
    them."""
    driver.replace("x", 1, "table=1 actions=drop")
    wait_status(driver, lambda s: s["flowMods"] == 1, "a flow has been sent")
    wait_until(lambda: "1 flows that were sent before all was known are given"
               in driver.log() and driver.status()["state"] == "steady",
               "they are given up")
    driver("complete", "true")
    assert driver.wait()["flowMods"] == 2
    assert set(switch.flows(bridge)) == {flow(1, "table=1 actions=drop")}


def test_a_restart_leaves_equal_flows_alone(switch, bridge, driver):
    switch.ofctl("add-meter", bridge, "meter=1,pktps,band=type=drop,rate=9")

    def want(*flows):
        driver("tlv-map", A % 1 + "," + B % 4)
        driver.replace("x", 1, *flows)
        driver("complete", "true")
        return driver.wait()

    assert want(*FLOWS)["flowMods"] == len(FLOWS)
    receive(switch, bridge, 3)
    wait_until(lambda: sum(p for _, p in switch.flows(bridge).values()) == 3,
                 "the packets are counted")
    before = switch.flows(bridge)
    assert len(before) == len(FLOWS)

    # Killed and started again: nothing is sent.
    driver.restart()
    status = want(*FLOWS)
    assert (status["flowMods"], status["tlvMods"], status["bundles"]) == (
        0, 0, 0)
    after = switch.flows(bridge)
    assert set(after) == set(before)
    for key in before:
        assert after[key][0] >= before[key][0]
        assert after[key][1] == before[key][1]

    # One flow is different, one is gone: two flow_mods.
    driver.restart()
    assert want("table=0,priority=10,in_port=1 actions=output:2,output:1",
                *FLOWS[1:-1])["flowMods"] == 2
    after = switch.flows(bridge)
    assert len(after) == len(FLOWS) - 1
    assert sum(key in before for key in after) == len(FLOWS) - 2


def test_a_restart_of_the_switch_restores_all(switch, bridge, driver):
    driver("tlv-map", A % 1 + "," + B % 4)
    driver("complete", "true")
    driver.replace("x", 1, *FLOWS[:-1])
    driver.wait()
    flows = set(switch.flows(bridge))
    tlvs = switch.tlv_map(bridge)
    assert len(flows) == len(FLOWS) - 1 and len(tlvs) == 2
    switch.kill_vswitchd()
    wait_status(driver, lambda s: not s["connected"], "the loss is noticed")
    assert not driver.confirmed("x")
    switch.start_vswitchd()
    assert driver.wait()["connected"]
    assert set(switch.flows(bridge)) == flows
    assert switch.tlv_map(bridge) == tlvs
    assert driver.confirmed("x")


def test_a_switch_that_ends_deletes_flows_itself(switch, bridge, driver):
    """That is nobody's interference, however often it happens."""
    driver("complete", "true")
    driver.replace("x", 1, *FLOWS[:-1])
    driver.wait()
    for _ in range(2):
        pid = int((switch.dir / "vswitchd.pid").read_text())
        # While the driver waits, the switch says what it deletes, and ends.
        with stopped(driver.process.pid):
            switch.run("ovs-appctl", "-t", switch.dir / "vswitchd.ctl", "exit")
            wait_until(lambda pid=pid: not ovs.alive(pid),
                       "the switch has ended")
        wait_status(driver, lambda s: not s["connected"], "it is noticed")
        switch.start_vswitchd()
        driver.wait()
    assert not interference(driver)
    assert not driver("interference")


def test_a_bridge_made_anew_and_another_one(switch, bridge, driver):
    driver("tlv-map", A % 1)
    driver("complete", "true")
    driver.replace("x", 1, "table=0 actions=set_field:0x1->tun_metadata1")
    driver.wait()
    switch.vsctl("del-br", bridge)
    wait_status(driver, lambda s: not s["connected"], "the loss is noticed")
    switch.add_bridge(bridge)
    driver.wait()
    assert len(switch.flows(bridge)) == 1
    switch.add_bridge(bridge + "b")
    driver("bridge", bridge + "b")
    driver.wait()
    assert len(switch.flows(bridge + "b")) == 1
    assert switch.tlv_map(bridge + "b") == {1: (0xff01, 1, 4)}
    switch.vsctl("del-br", bridge + "b")
