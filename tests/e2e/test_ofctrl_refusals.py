"""Flows that the switch refuses, or that two owners want: they stop no others,
are told, and tried again.
"""
from ofctrl_driver import flow
from ofctrl_driver import bridge, driver, switch     # noqa: F401
from waiting import wait_until


def test_a_refused_flow_stops_no_other(switch, bridge, driver):
    driver("complete", "true")
    driver.replace("bad", 1, "table=0,priority=1 actions=drop")
    driver.wait()
    driver.replace("good", 2, "table=0,priority=2 actions=drop")
    driver.replace("bad", 1, "table=0,priority=1 actions=group:99",
                   "table=0,priority=3 actions=drop")
    status = driver.wait()
    assert status["errors"] == 1
    [(name, error)] = driver.errors()
    assert name == "bad"
    assert error == "flow table=0,priority=1: OFPBAC_BAD_OUT_GROUP", error
    # The old version went: it was not wanted any more.
    assert set(switch.flows(bridge)) == {
        flow(2, "table=0 priority=2 actions=drop"),
        flow(1, "table=0 priority=3 actions=drop")}
    assert driver.confirmed("good") and not driver.confirmed("bad")

    # Not retried by itself ...
    n = status["flowMods"]
    driver.replace("good", 2, "table=0,priority=2 actions=output:1")
    assert driver.wait()["flowMods"] == n + 1
    # ... but when its owner says so, even if that is the same as before.
    switch.ofctl("add-group", bridge, "group_id=99,type=all,bucket=output:1")
    driver.replace("bad", 1, "table=0,priority=1 actions=group:99",
                   "table=0,priority=3 actions=drop")
    assert driver.wait()["flowMods"] == n + 2
    assert not driver.errors() and driver.confirmed("bad")


def test_flows_refused_at_the_commit(switch, bridge, driver):
    switch.vsctl("--", "--id=@t", "create", "flow_table", "flow_limit=3",
                 "overflow_policy=refuse", "--", "set", "bridge", bridge,
                 "flow_tables:7=@t")
    driver("complete", "true")
    driver.replace("good", 1, "table=0 actions=drop")
    driver.replace("full", 2, *["table=7,metadata=%d actions=drop" % i
                                for i in range(5)])
    assert driver.wait()["errors"] == 2
    assert {name for name, _ in driver.errors()} == {"full"}
    assert "OFPFMFC_TABLE_FULL" in driver.errors()[0][1]
    assert len(switch.flows(bridge)) == 4
    assert driver.confirmed("good") and not driver.confirmed("full")

    # They are tried again, and meanwhile refused as before.
    n = driver.status()["flowMods"]
    wait_until(lambda: driver.status()["flowMods"] > n, "one is tried again")
    assert driver.wait()["errors"] == 2
    assert len(switch.flows(bridge)) == 4
    switch.vsctl("clear", "bridge", bridge, "flow_tables")
    wait_until(lambda: driver.confirmed("full"), "there is room")
    assert not driver.errors()
    assert len(switch.flows(bridge)) == 6


def test_two_owners_of_one_flow(switch, bridge, driver):
    driver("complete", "true")
    driver.replace("one", 1, "table=0 actions=drop")
    driver.replace("two", 2, "table=0 actions=output:1",
                   "table=1 actions=drop")
    driver.wait()
    assert driver.errors() == [
        ("two", "flow table=0,priority=32768: one already wants such a flow")]
    assert set(switch.flows(bridge)) == {
        flow(1, "table=0 actions=drop"), flow(2, "table=1 actions=drop")}
    driver("clear", "one")
    driver.wait()
    assert not driver.errors()
    assert set(switch.flows(bridge)) == {
        flow(2, "table=0 actions=output:1"), flow(2, "table=1 actions=drop")}
