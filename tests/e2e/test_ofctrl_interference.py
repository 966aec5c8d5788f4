"""What others change in the switch is put back, and told."""
import re

import pytest

from ofctrl_driver import (A, B, C, COOKIE, FLOWS, delete_tlv_map,
                           interference, our_flows)
from ofctrl_driver import bridge, driver, switch     # noqa: F401
from stopping import stopped
from waiting import wait_until

METER = 0x10001
PUT_BACK = {
    "flows deleted": (["del-flows"], "flowsDeleted"),
    "a table deleted": (["del-flows", "table=10"], "flowsDeleted"),
    "flows modified": (["mod-flows", "table=10,actions=output:1"],
                       "flowsChanged"),
    "a flow replaced": (["add-flow", "cookie=0x7,table=0,priority=10,"
                         "in_port=1,actions=drop"], "flowsChanged"),
    "a flow with our cookie": (
        ["add-flow", "cookie=%#x,table=11,actions=drop" % (COOKIE | 5)],
        "flowsAdded"),
    "a mapping deleted": (["del-tlv-map", "{class=0xff01,type=0x03,len=4}"
                           "->tun_metadata7"], "mappings"),
    "a mapping added": (["add-tlv-map", "{class=0xff01,type=0x05,len=4}"
                         "->tun_metadata8"], "mappings"),
    "meters deleted": (["del-meters"], "meters"),
    "a meter changed": (["mod-meter", "meter=%d,pktps,burst,stats,"
                         "band=type=drop,rate=9,burst_size=9" % METER],
                        "meters"),
}


def install(driver, *mappings):
    """Has flows, a meter and mappings of options in the switch."""
    driver("tlv-map", ",".join(mappings))
    driver("meter", METER, 100, "x")
    driver.replace("x", 1, *FLOWS[:-1], "table=20,priority=3 "
                   "actions=meter:%d,output:2" % METER)
    driver("complete", "true")
    driver.wait()


@pytest.mark.parametrize("what", PUT_BACK)
def test_fault_what_others_change_is_put_back(switch, bridge, driver, what):
    install(driver, A % 1, B % 4, C % 7)
    flows, tlvs = set(switch.flows(bridge)), switch.tlv_map(bridge)
    meters = switch.ofctl("dump-meters", bridge)
    theirs = "cookie=0x1 table=99 actions=drop"
    switch.ofctl("add-flow", bridge, theirs.replace(" ", ","))
    assert not interference(driver)

    (command, *args), counter = PUT_BACK[what]
    switch.ofctl(command, bridge, *args)
    wait_until(lambda: counter in interference(driver), "it is noticed")
    driver.wait()
    assert set(switch.flows(bridge)) - {theirs} == flows
    assert switch.tlv_map(bridge) == tlvs
    assert (switch.ofctl("dump-meters", bridge).splitlines()[1:]
            == meters.splitlines()[1:])
    if args or command == "del-meters":
        assert theirs in switch.flows(bridge)


@pytest.mark.parametrize("setting", [
    ["del-fail-mode"], ["set-fail-mode", "secure"],
    ["set-controller", "tcp:127.0.0.1:1"], ["del-controller"]],
    ids=lambda s: s[0])
def test_fault_a_setting_that_flushes_all(switch, bridge, driver, setting):
    command, *args = setting
    if command == "del-controller":
        switch.vsctl("set-controller", bridge, "tcp:127.0.0.1:1")
    if command == "set-fail-mode":
        switch.vsctl("del-fail-mode", bridge)
    install(driver, A % 1, B % 4)
    flows = our_flows(switch, bridge)
    assert len(flows) == len(FLOWS)
    switch.vsctl(command, bridge, *args)
    wait_until(lambda: interference(driver), "it is noticed")
    driver.wait()
    assert our_flows(switch, bridge) == flows
    assert switch.tlv_map(bridge) == {1: (0xff01, 1, 4), 4: (0xff01, 0x82, 8)}
    assert "meter=%d" % METER in switch.ofctl("dump-meters", bridge)


def test_fault_all_gone_at_once_again_and_again(switch, bridge, driver):
    install(driver, A % 1, B % 4)
    flows = set(switch.flows(bridge))
    n = 0

    def delete_all():
        nonlocal n
        n += 1
        with stopped(driver.process.pid):
            switch.ofctl("del-flows", bridge)
            switch.ofctl("del-meters", bridge)
            delete_tlv_map(switch, bridge)
        wait_until(lambda: driver.status()["interference"]["flowsDeleted"]
                   >= n * len(flows), "it is noticed")
        driver.wait()
        assert set(switch.flows(bridge)) == flows
        return driver("interference")

    assert delete_all() == ""
    what = wait_until(delete_all, "it is told")
    assert re.match(bridge + r"\t(\d+) flows were deleted.* by somebody else, "
                    "for the 2nd time$", what), what
    assert not driver.errors()
