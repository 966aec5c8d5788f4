"""LoadBalancers from outside of a VPC, while something changes: the gateway's
node dies, backends come, go and drain, and a node ceases to take the option or
to be attached.  What becomes of open connections, and where new ones go."""
import contextlib

import pytest

from servers import Client
from services_outside import (CLIENT, VIP, WEBS, answering, connect, inside_of,
                              returned, service)
from services_outside import lab                         # noqa: F401
from waiting import wait_until

pytestmark = pytest.mark.alone


def label(lab, name, app):
    lab.patch("Endpoint", name, {"metadata": {"labels": {"app": app}}})


def still(c):
    try:
        return c.ask()[0]
    except (OSError, ValueError):
        return None


def wait_active(lab, node):
    wait_until(lambda: lab.get("VPCGateway", "gw")["status"]["active"]
               == node, node + " is active")


def test_not_attached_any_more(lab):
    """hv-2 loses its way out: answers go by the gateway, and nothing is
    lost."""
    key = "external_ids:nve-bridge-mappings"
    mapping = lab.exec("hv-2", "ovs-vsctl", "get", "open_vswitch", ".",
                       key).strip()
    with connect(lab, "web-2") as c:
        lab.exec("hv-2", "ovs-vsctl", "remove", "open_vswitch", ".",
                 "external_ids", "nve-bridge-mappings")
        try:
            wait_until(lambda: returned(lab)["web-2"] == "via", "it is via")
            assert c.ask()[:2] == ("web-2", CLIENT)
        finally:
            lab.exec("hv-2", "ovs-vsctl", "set", "open_vswitch", ".",
                     "%s=%s" % (key, mapping))
        wait_until(lambda: returned(lab)["web-2"] == "direct", "it is direct")
        assert c.ask()[:2] == ("web-2", CLIENT)


def test_option_not_taken_any_more(lab):
    """hv-3 ceases to take the option: new connections are masqueraded."""
    lab.set_receive("hv-3", {"options": []})
    wait_until(lambda: returned(lab)["web-3"] == "masquerade",
               "it is masqueraded")
    with connect(lab, "web-3") as c:
        assert c.ask()[:2] == ("web-3", "10.0.0.254")
    lab.set_receive("hv-3", None)
    wait_until(lambda: returned(lab)["web-3"] == "via", "it is via")


def test_option_not_taken_with_open_connections(lab):
    """hv-3 ceases to take the option, and takes it again: what is open goes
    on as it was begun, both times."""
    with connect(lab, "web-3") as old:
        assert old.ask()[:2] == ("web-3", CLIENT)
        lab.set_receive("hv-3", {"options": []})
        try:
            wait_until(lambda: returned(lab)["web-3"] == "masquerade",
                       "it is masqueraded")
            with lab.capture("hv-1") as tunnels:
                assert old.ask()[:2] == ("web-3", CLIENT)
                there = wait_until(lambda: inside_of(tunnels, 1, 3),
                                   "it goes there")
            assert ("{}", CLIENT, VIP) in {(str(o), s, d)
                                           for o, s, d in there}
            new = connect(lab, "web-3")
        finally:
            lab.set_receive("hv-3", None)
        with new:
            assert new.ask()[:2] == ("web-3", "10.0.0.254")
            wait_until(lambda: returned(lab)["web-3"] == "via", "it is via")
            assert new.ask()[:2] == ("web-3", "10.0.0.254")
            assert old.ask()[:2] == ("web-3", CLIENT)


def test_failover(lab):
    """The active node's switch dies, and comes back: connections of all three
    kinds go on, as both candidates choose the same backends.  Their agents
    have found all of them there, so none is new."""
    for node in "hv-1", "hv-2":
        with lab.without(node, "geneve-agentd"):
            pass
        wait_until(lambda: lab.agentctl(node, "status")["openflow"]["state"]
                   == "steady", node + " is settled")
    wait_active(lab, "hv-1")
    wait_until(lambda: lab.agentctl("hv-2", "gateway", "list")[0]["here"]
               == "standby", "it would take over")
    with contextlib.ExitStack() as stack:
        connections = {name: stack.enter_context(connect(lab, name))
                       for name in sorted(WEBS)}
        many = [stack.enter_context(Client(lab, "outside", VIP, 80))
                for _ in range(12)]
        who = [c.who() for c in many]
        with lab.without("hv-1", "ovs-vswitchd"):
            for name, c in connections.items():
                assert c.ask()[0] == name
            assert [c.who() for c in many] == who
            wait_until(lambda: answering(lab) == WEBS, "all answer")
        wait_active(lab, "hv-1")
        assert [c.who() for c in many] == who


def test_failover_to_a_new_backend(lab):
    """The node that takes over has a backend that is new."""
    label(lab, "web-2", "none")
    wait_until(lambda: "web-2" not in answering(lab), "it is gone")
    label(lab, "web-2", "web")
    wait_until(lambda: "web-2" in answering(lab), "it is back")
    with connect(lab, "web-2") as old:
        with lab.without("hv-1", "ovs-vswitchd"):
            assert old.who() == "web-2"
            with connect(lab, "web-2") as new:
                assert new.who() == "web-2"
        wait_active(lab, "hv-1")
        assert old.who() == "web-2"


def test_new_backend(lab):
    """Open connections stay where they are when a backend comes, and it gets
    new ones."""
    label(lab, "web-3", "none")
    wait_until(lambda: "web-3" not in answering(lab), "it is gone")
    with contextlib.ExitStack() as stack:
        many = [stack.enter_context(Client(lab, "outside", VIP, 80))
                for _ in range(24)]
        who = [c.who() for c in many]
        label(lab, "web-3", "web")
        wait_until(lambda: "web-3" in answering(lab), "it is back")
        assert [c.who() for c in many] == who
        with connect(lab, "web-3") as c:
            assert c.who() == "web-3"
            # Another one, before or after it.
            label(lab, "web-2", "none")
            wait_until(lambda: "web-2" not in answering(lab), "it is gone")
            left = [c for c, name in zip(many, who) if name != "web-2"]
            label(lab, "web-2", "web")
            wait_until(lambda: "web-2" in answering(lab), "it is back")
            assert {c.who() for c in left} <= {"web-4"}
            assert c.who() == "web-3"


def test_draining_backend(lab):
    """A backend that drains keeps what it has, and gets nothing new."""
    lab.apply(service(drainSeconds=60))
    try:
        with connect(lab, "web-3") as via, connect(lab, "web-2") as direct:
            label(lab, "web-3", "none")
            label(lab, "web-2", "none")
            wait_until(lambda: answering(lab) == {"web-4"},
                       "they get nothing new")
            assert (via.who(), direct.who()) == ("web-3", "web-2")
    finally:
        label(lab, "web-3", "web")
        label(lab, "web-2", "web")
        lab.apply(service(drainSeconds=0))
    wait_until(lambda: answering(lab) == WEBS, "they are back")


def test_backend_goes(lab):
    """A masqueraded connection ends with its backend."""
    with connect(lab, "web-4") as c:
        label(lab, "web-4", "none")
        try:
            wait_until(lambda: "web-4" not in answering(lab), "it is gone")
            wait_until(lambda: not still(c), "the connection ends")
        finally:
            label(lab, "web-4", "web")
        wait_until(lambda: answering(lab) == WEBS, "it is back")


def test_direct_backend_goes(lab):
    """A connection that is direct ends with its backend, by a reset."""
    with connect(lab, "web-2") as c:
        label(lab, "web-2", "none")
        try:
            wait_until(lambda: "web-2" not in answering(lab), "it is gone")
            wait_until(lambda: not still(c), "the connection ends")
        finally:
            label(lab, "web-2", "web")
        wait_until(lambda: answering(lab) == WEBS, "it is back")
