"""What others change in a switch that has no flow monitors, as Open vSwitch
before 3.0.

The switch is a present one; a relay between the driver and its bridge answers
requests for a flow monitor as an old one does.
"""
import struct

import pytest

import of_relay
from ofctrl_driver import A, COOKIE, Driver, interference
from ofctrl_driver import bridge, switch             # noqa: F401
from waiting import wait_until

FLOW_MONITOR = 16                       # The type of a multipart message.
BAD_REQUEST, BAD_MULTIPART = 1, 2       # Error type and code.

FLOWS = ["table=0,priority=10,in_port=1 actions=output:2",
         "table=10,priority=5,tun_metadata1=0x5 actions=drop",
         "table=20,priority=3 actions=output:2"]


def refuse_monitors(kind, message):
    """A look of a relay's."""
    if (kind == of_relay.MULTIPART_REQUEST
            and message[8:10] == struct.pack("!H", FLOW_MONITOR)):
        return of_relay.error(message, BAD_REQUEST, BAD_MULTIPART)
    return None


@pytest.fixture
def driver(switch, bridge):
    refused = []

    def look(kind, message):
        answer = refuse_monitors(kind, message)
        if answer:
            refused.append(answer)
        return answer
    relay = of_relay.Relay(switch.dir / (bridge + ".mgmt"), look)
    d = Driver(switch, bridge, relay.dir)
    d("tlv-map", A % 1)
    d.replace("x", 1, *FLOWS)
    d("complete", "true")
    d.wait()
    assert len(refused) == 1
    yield d
    d("exit")
    assert d.process.wait(20) == 0
    relay.close()


@pytest.mark.parametrize("command", [
    ["del-flows"],
    ["del-flows", "table=20"],
    ["add-flow", "cookie=%#x,table=11,actions=drop" % (COOKIE | 5)],
    ["add-flow", "cookie=0x7,table=0,priority=10,in_port=1,actions=drop"]],
    ids=["all deleted", "one deleted", "one added", "one replaced"])
def test_fault_number_of_flows_is_another_one(switch, bridge, driver, command):
    """It is asked for each second."""
    flows = set(switch.flows(bridge))
    switch.ofctl(command[0], bridge, *command[1:])
    wait_until(lambda: interference(driver), "it is noticed")
    driver.wait()
    assert set(switch.flows(bridge)) == flows


def test_fault_flows_change_but_not_their_number(switch, bridge, driver):
    """All flows are read every 30 seconds."""
    flows = set(switch.flows(bridge))
    switch.ofctl("mod-flows", bridge, "table=20,actions=output:1")
    assert set(switch.flows(bridge)) != flows
    driver("time/warp", 30000)
    wait_until(lambda: interference(driver), "it is noticed")
    driver.wait()
    assert interference(driver) == {"flowsChanged": 1}
    assert set(switch.flows(bridge)) == flows


def n_read(driver):
    return int(driver("coverage/read-counter", "ofctrl_read_flow"))


def test_nothing_is_written_if_nothing_changes(driver):
    before, n = driver.status(), n_read(driver)
    driver("time/warp", 30000)
    wait_until(lambda: n_read(driver) == n + len(FLOWS), "all are read")
    assert driver.wait()["flowMods"] == before["flowMods"]
    assert not interference(driver)
