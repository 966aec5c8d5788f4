"""Groups, next to the flows that name them."""
from ofctrl_driver import (FF, GROUP, SELECT, TO_GROUP, flow, interference,
                           our_flows)
from ofctrl_driver import bridge, driver, switch     # noqa: F401
from waiting import wait_until


def groups(switch, bridge):
    return sorted(line.strip() for line in
                  switch.ofctl("dump-groups", bridge).splitlines()[1:])


def test_groups(switch, bridge, driver):
    """A group comes with the flows that name it and goes after them; nothing
    is sent twice; what others do is put back, theirs stays."""
    switch.ofctl("add-group", bridge, "group_id=5,type=all")

    def want():
        driver("group", "x", 1, FF % GROUP)
        driver("group", "y", 2, SELECT % (GROUP + 1))
        driver.replace("x", 1, TO_GROUP % GROUP)
        driver("complete", "true")
        return driver.wait()
    status = want()
    assert (status["groupMods"], status["bundles"]) == (2, 1)
    wanted, flows = groups(switch, bridge), our_flows(switch, bridge)
    assert len(wanted) == 3 and len(flows) == 1
    assert "fields=ip_src" in wanted[1] and "bucket_id:77" in wanted[1]
    driver.restart()
    status = want()
    assert (status["groupMods"], status["flowMods"]) == (0, 0)

    for command in ("del-groups", "group_id=%d" % GROUP), (
            "mod-group", (FF % GROUP).replace("30", "33")), (
            "add-group", SELECT % (GROUP + 2)):
        before = interference(driver).get("groups", 0)
        switch.ofctl(command[0], bridge, command[1])
        wait_until(lambda: interference(driver).get("groups", 0) > before,
                   "it is noticed")
        driver.wait()
        assert groups(switch, bridge) == wanted
        assert our_flows(switch, bridge) == flows

    with driver.at_once():
        driver.replace("x", 1)
        driver("ungroup", "x", GROUP)
        driver("ungroup", "x", GROUP + 1)       # Not its own.
    driver.wait()
    assert groups(switch, bridge) == wanted[1:]
    assert not our_flows(switch, bridge)


def test_a_refused_group_stops_no_other(switch, bridge, driver):
    """Its owner is not confirmed, nor whoever's flows name it."""
    bad = (SELECT % GROUP).replace("hash,fields(ip_src)", "none")
    driver("group", "bad", 1, bad)
    driver.replace("user", 2, TO_GROUP % GROUP)
    driver("group", "good", 3, FF % (GROUP + 1))
    driver.replace("good", 3, TO_GROUP.replace("28", "27") % (GROUP + 1))
    driver("complete", "true")
    driver.wait()
    assert driver.confirmed("good")
    assert not driver.confirmed("bad") and not driver.confirmed("user")
    assert {name for name, _ in driver.errors()} == {"bad", "user"}
    driver("group", "bad", 1, FF % GROUP)
    wait_until(lambda: driver.confirmed("user"), "it is tried again")
    assert not driver.errors()


def test_a_refused_group_in_a_small_bundle(switch, bridge, driver):
    """The old one stays, flows change at once."""
    driver("complete", "true")
    driver("group", "x", 1, FF % GROUP)
    driver.replace("x", 1, TO_GROUP % GROUP)
    driver.wait()
    before, n = groups(switch, bridge), driver.status()["bundles"]
    with driver.at_once():
        driver("group", "x", 1,
               (SELECT % GROUP).replace("hash,fields(ip_src)", "none"))
        driver.replace("y", 2, "table=1 actions=drop")
    assert driver.wait()["bundles"] == n + 1
    assert groups(switch, bridge) == before
    assert our_flows(switch, bridge) == {
        flow(1, "table=28 priority=1 actions=group:%d" % GROUP),
        flow(2, "table=1 actions=drop")}
    assert driver.confirmed("y") and not driver.confirmed("x")
    [(name, error)] = driver.errors()
    assert name == "x" and error == "group %d: OFPBPC_BAD_VALUE" % GROUP
    driver("group", "x", 1, (FF % GROUP).replace("30", "33"))
    driver.wait()
    assert driver.confirmed("x") and not driver.errors()
    assert groups(switch, bridge) != before
