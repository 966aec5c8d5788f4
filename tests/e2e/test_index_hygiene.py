"""The TLV map of the integration bridge over time: indices stay where they
are, leave room, are found again and are given back; and what a map has no
room for is left out.

What the switch needs when a mapping changes (a deletion tried again, a flow
mod after it) is test_ofctrl_tlv_map.py's; that no packet gets more than 252
bytes of options is test_wire_form.py's and test_reception.py's.
"""
import contextlib
import re

import pytest

import world
from waiting import wait_until
from world import ALL, CT

BASE = [(name, option[3]) for name, option in world.OPTIONS.items()]
EXTRA = "0xff01/0x20"
RED = ["0xff04/0x%02x" % n for n in range(1, 71)]


@pytest.fixture(scope="module")
def two(own_lab):
    """Two nodes, and one endpoint of VPC red, which is on hv-1 only: of its
    options nobody has to be asked."""
    lab = own_lab(2)
    world.load(lab)
    lab.apply(world.geneve_option("extra", EXTRA, 4,
                                  {"constant": "0x00000001"}),
              world.profile("red"),
              world.vpc("red", 5001, "10.1.0.0/24", optionProfile="red"),
              world.endpoint("red-1", "red", 1, net="10.1.0"))
    lab.plug("hv-1", "red-1")
    return lab


def indices(lab, node="hv-1"):
    """{option: index} of a node's bridge."""
    text = lab.exec(node, "ovs-ofctl", "dump-tlv-map", "br-int")
    return {"0x%04x/0x%02x" % (int(c, 16), int(t, 16)): int(index)
            for c, t, index in re.findall(
                r"0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+\d+\s+tun_metadata(\d+)",
                text)}


def wait_mapped(lab, options, node="hv-1"):
    def mapped():
        now = indices(lab, node)
        assert sorted(now) == sorted(options), now
        return now
    return wait_until(mapped, "%s maps %s" % (node, options))


def left_out(lab):
    """{object: message} of the alarms about a map that is full."""
    return {alarm["object"]: alarm["message"]
            for alarm in lab.agentctl("hv-1", "status")["alarms"]
            if alarm["reason"] == "plan"}


def published(lab):
    return {"%s/%s" % (o["class"], o["type"])
            for o in lab.get("NVE", "hv-1")["status"]["receive"]["options"]}


def test_a_new_option_finds_room(two):
    """Between the others, where its profile has it: none moves, and no plan is
    added."""
    before = wait_mapped(two, ALL)
    two.apply(world.profile("web", BASE[0], "extra", *BASE[1:]))
    world.settle(two, {node: ALL + [EXTRA] for node in two.names})
    after = wait_mapped(two, ALL + [EXTRA])
    assert {option: after[option] for option in ALL} == before
    assert (after[CT[BASE[0][0]]] < after[EXTRA] < after[CT[BASE[1][0]]])
    assert len(two.agentctl("hv-1", "plan", "list")) == 1


def test_indices_are_found_again(two):
    """After a restart of the agent, those that no new agent would choose."""
    two.apply(world.profile("web", *BASE))
    world.settle(two)
    two.apply(world.profile("web", *BASE, "extra"))
    world.settle(two, {node: ALL + [EXTRA] for node in two.names})
    two.apply(world.profile("web", *BASE[1:], "extra"))
    fewer = sorted(set(ALL + [EXTRA]) - {CT[BASE[0][0]]})
    world.settle(two, {node: fewer for node in two.names})
    before = wait_mapped(two, fewer)
    with two.pinging("web-1", "10.0.0.2"):
        two.kill("hv-1", "geneve-agentd")
        two.start_daemon("hv-1", "geneve-agentd")

        def synced():
            status = two.agentctl("hv-1", "status")
            return (status["receive"]["published"] and status["openflow"]
                    ["flows"] == status["openflow"]["installed"] > 0)
        wait_until(synced, "the agent is there again")
        world.settle(two, {node: fewer for node in two.names})
    assert indices(two) == before
    assert two.agentctl("hv-1", "status")["openflow"]["flowMods"] == 0
    two.apply(world.profile("web", *BASE))
    world.settle(two)


@pytest.mark.parametrize("idle", [True, False], ids=["idle", "busy"])
def test_a_critical_option_that_goes_leaves_no_trace(two, idle):
    """Datapath flows keep the options of the packet that made them, and Open
    vSwitch would make one drop everything (of as many bytes of options) when
    a critical one of those is not mapped any more, though nobody sends that
    one."""
    two.wait_ping("web-1", "10.0.0.2")
    without = sorted(set(ALL) - {CT["policy-label"]} | {EXTRA})
    quiet = contextlib.nullcontext()
    with quiet if idle else two.pinging("web-1", "10.0.0.2"):
        two.apply(world.profile("web", *BASE[1:], "extra"))
        world.settle(two, {node: without for node in two.names})
        for node in two.names:
            wait_mapped(two, without, node)
        assert two.ping("web-1", "10.0.0.2") == 3
    two.apply(world.profile("web", *BASE))
    world.settle(two)


def test_indices_are_given_back(two):
    """As many as a map has, used twice over."""
    room = 64 - len(ALL)
    for name, options in ("a", RED[:room]), ("b", RED[-room:]):
        two.apply(*(world.geneve_option(option[-4:], option, 0,
                                        {"constant": "0x"})
                    for option in options),
                  world.profile("red", *(o[-4:] for o in options)))
        wait_mapped(two, ALL + options)
        wait_until(lambda: two.agentctl("hv-1", "status")["receive"]
                   ["published"], "it is published")
        assert left_out(two) == {}, name
    two.apply(world.profile("red"))
    wait_mapped(two, ALL)


def test_64_indices(two):
    """Without room for all, those of the lowest priority are left out, with an
    alarm; one that is required is not, though its priority is lower yet."""
    options = RED[:64 - len(ALL) + 2]
    required, lowest = options[0], options[1:3]
    priorities = {required: 900, lowest[0]: 800, lowest[1]: 700}
    two.apply(*(world.geneve_option(option[-4:], option, 0, {"constant": "0x"})
                for option in options),
              world.profile("red", *((o[-4:], o == required,
                                      priorities.get(o, 10))
                                     for o in options)))
    rest = sorted(set(ALL + options) - set(lowest))
    wait_mapped(two, rest)
    alarms = wait_until(lambda: left_out(two), "an alarm")
    assert sorted(alarms) == ["option " + o for o in sorted(lowest)]
    assert all("TLV map is full" in message for message in alarms.values())
    wait_until(lambda: published(two) == set(rest), "the rest is published")
    two.apply(world.profile("red"))
    wait_mapped(two, ALL)
    wait_until(lambda: not left_out(two), "no alarm")


def test_256_bytes_of_data(two):
    """The same for the bytes, of which the others have 28."""
    sizes = {"0xff05/0x01": (124, True, 900), "0xff05/0x02": (100, False, 10),
             "0xff05/0x03": (8, False, 800), "0xff05/0x04": (4, False, 20)}
    two.apply(*(world.geneve_option("data" + option[-1], option, size, {
                    "constant": "0x" + size * "5a"})
                for option, (size, *_) in sizes.items()),
              world.profile("red", *(
                  ("data" + option[-1], needed, priority)
                  for option, (_, needed, priority) in sizes.items())))
    rest = sorted((set(ALL) | set(sizes)) - {"0xff05/0x03"})
    wait_mapped(two, rest)
    alarms = wait_until(lambda: left_out(two), "an alarm")
    assert list(alarms) == ["option 0xff05/0x03"]
    assert "256 bytes" in alarms["option 0xff05/0x03"]
    wait_until(lambda: published(two) == set(rest), "the rest is published")
    two.apply(world.profile("red"))
    wait_mapped(two, ALL)
