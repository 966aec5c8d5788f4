"""The flows that the agent's OpenFlow part makes of what is wanted: what is
sent, what is not, and whose flows stay as they are.
"""
from ofctrl_driver import A, B, BUILD, FLOWS, flow, receive
from ofctrl_driver import bridge, driver, switch     # noqa: F401
from waiting import wait_until


def test_an_owner_replaced_sends_the_difference(switch, bridge, driver):
    driver("complete", "true")
    flows = ["table=0,priority=%d actions=drop" % i for i in range(1, 101)]
    driver.replace("x", 1, *flows)
    assert driver.wait()["flowMods"] == 100
    driver.replace("x", 1, *flows)
    assert driver.wait()["flowMods"] == 100
    driver.replace("x", 1, *flows[1:], "table=1 actions=drop")
    assert driver.wait()["flowMods"] == 102
    flows[50] = "table=0,priority=51 actions=output:1"
    driver.replace("x", 1, *flows)
    assert driver.wait()["flowMods"] == 105
    # There and back again before anything was sent.
    bundles = driver.status()["bundles"]
    driver("complete", "false")
    driver("clear", "x")
    driver.replace("x", 1, *flows)
    driver("complete", "true")
    status = driver.wait()
    assert (status["flowMods"], status["bundles"]) == (105, bundles)
    driver("clear", "x")
    assert driver.wait()["flowMods"] == 205
    assert not switch.flows(bridge)


def test_5000_flows_and_one_change(switch, bridge, driver):
    flows = ["table=5,metadata=%d actions=drop" % i for i in range(5000)]
    with driver.at_once():
        driver.replace("many", 1, *flows)
        driver.replace("one", 2, "table=6 actions=drop")
    status = driver.wait()
    assert (status["flowMods"], status["bundles"]) == (5001, 1)
    assert len(switch.flows(bridge)) == 5001
    driver.replace("one", 2, "table=6 actions=output:1")
    assert driver.wait()["flowMods"] == 5002
    assert len(switch.flows(bridge)) == 5001


def test_flows_of_others_are_left_alone(switch, bridge, driver):
    theirs = ["cookie=0x1,table=0,priority=5,ip actions=drop",
              "cookie=0x67656e6600000001,table=0,priority=4 actions=drop",
              "cookie=0x2,table=0,priority=3 actions=drop"]
    for f in theirs:
        switch.ofctl("add-flow", bridge, f)
    driver.restart()
    driver.replace("x", 1, "table=0,priority=3 actions=output:1",
                   "table=1 actions=drop")
    driver("complete", "true")
    assert driver.wait()["foreignFlows"] == 3
    kept = {"cookie=0x1 table=0 priority=5,ip actions=drop",
            "cookie=0x67656e6600000001 table=0 priority=4 actions=drop"}
    assert set(switch.flows(bridge)) == kept | {
        flow(1, "table=0 priority=3 actions=output:1"),
        flow(1, "table=1 actions=drop")}
    # Somebody takes the place of a flow that is then not wanted any more: it
    # is not ours to delete.
    driver("complete", "false")
    switch.ofctl("add-flow", bridge, "cookie=0x3,table=1 actions=output:2")
    driver("clear", "x")
    driver("complete", "true")
    driver.wait()
    assert set(switch.flows(bridge)) == kept | {
        "cookie=0x3 table=1 actions=output:2"}


def test_actions_made_in_c_are_as_written(switch, bridge, driver):
    """The agent's way of making actions, and ovs-ofctl's of reading them,
    come to the same flows."""
    driver.kill()
    program = str(BUILD / "tests" / "ofctrl-driver")
    switch.run(program, "--bridge=" + bridge, "--bench=300")
    made = set(switch.flows(bridge))
    path = switch.dir / "written"
    path.write_text(switch.run(program, "--print=300"))
    switch.ofctl("del-flows", bridge)
    switch.ofctl("add-flows", bridge, path)
    assert set(switch.flows(bridge)) == made
    assert len(made) == 300


def test_counters(switch, bridge, driver):
    driver("complete", "true")
    driver.replace("x", 1, "table=0 actions=goto_table:1",
                   "table=1 actions=drop")
    driver.replace("y", 2, "table=2 actions=drop")
    driver.wait()
    receive(switch, bridge, 2)
    wait_until(lambda: driver("counters", 1, 0).startswith("ok 2 "),
                 "the packets are counted")
    assert driver("counters", 1, 255).startswith("ok 4 ")
    assert driver("counters", 2, 255) == "ok 0 0"
    switch.kill_vswitchd()
    wait_until(lambda: driver("counters", 1, 0) == "lost 0 0",
                 "the loss is noticed")
    switch.start_vswitchd()
    driver.wait()


def test_openflow_14(switch, bridge, driver):
    """Translated both ways, and nothing is sent twice."""
    switch.vsctl("set", "bridge", bridge, "protocols=OpenFlow10,OpenFlow14")
    flows = FLOWS[:-1] + ["table=40,tcp,tcp_flags=+syn actions=drop"]

    def want():
        driver("tlv-map", A % 1 + "," + B % 4)
        driver.replace("x", 1, *flows)
        driver("complete", "true")
        return driver.wait()
    want()
    driver.restart()
    status = want()
    assert (status["flowMods"], status["installed"]) == (0, len(flows))
    switch.vsctl("clear", "bridge", bridge, "protocols")
    driver.restart()
    assert want()["flowMods"] == 0
    assert len(switch.flows(bridge)) == len(flows)
