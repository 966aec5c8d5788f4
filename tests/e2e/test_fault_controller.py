"""Nodes whose controller is away, or has come back changed."""
import json

import pytest

import world
from bad_server import ANSWERS, BadServer
from waiting import wait_until

NEIGHBOR = world.endpoint("web-1b", "blue", 71)
LATECOMER = world.endpoint("web-1c", "blue", 72)


def controller_status(lab, node):
    return lab.agentctl(node, "status")["controller"]


def message(lab, endpoint):
    """What hv-1 says of an endpoint."""
    return next((e["message"] for e in lab.agentctl("hv-1", "endpoint", "list")
                 if e["name"] == endpoint), "")


def end_agent(lab, node):
    """Ends an agent as systemd does."""
    lab.exec(node, "ovs-appctl", "-t", "geneve-agentd", "exit")
    wait_until(lambda: "NOT RUNNING" in next(
        line for line in lab.sandbox("status", check=False).stdout.splitlines()
        if line.startswith(node) and "geneve-agentd" in line), "it ended")


def by_last_known_state(lab):
    """The alarm of hv-1, which may be a second behind the state."""
    return [a for a in lab.agentctl("hv-1", "status")["alarms"]
            if a["object"] == "controller"
            and "last known state" in a["message"]]


def test_node_reboots_without_controller(lab):
    """Its last known state is put into force: its endpoints talk with each
    other and with those of other nodes, nothing is written to the controller,
    and when that is back only the difference is applied."""
    lab.apply(NEIGHBOR)
    lab.plug("hv-1", "web-1b")
    try:
        lab.wait_ping("web-1", "10.0.0.71")
        end_agent(lab, "hv-1")
        lab.kill("nva", "nvad")
        lab.kill("hv-1", "ovs-vswitchd")
        lab.start_daemon("hv-1", "ovs-vswitchd")
        assert not lab.exec("hv-1", "ovs-ofctl", "dump-flows", "br-int",
                            "cookie=0x67656e6500000000/0xffffffff00000000"
                            ).strip().splitlines()[1:]
        lab.start_daemon("hv-1", "geneve-agentd")
        lab.wait_ping("web-1", "10.0.0.71")
        lab.wait_ping("web-1b", "10.0.0.2")
        lab.wait_ping("web-2", "10.0.0.71")
        said = controller_status(lab, "hv-1")
        assert said["source"] == "saved" and said["savedAt"], said
        wait_until(lambda: by_last_known_state(lab), "an alarm")

        # One that nobody has heard of may exist.
        lab.exec("hv-1", "ovs-vsctl", "add-port", "br-int", "nobody", "--",
                 "set", "interface", "nobody", "type=internal",
                 "external_ids:iface-id=nobody")
        wait_until(lambda: "has not said" in message(lab, "nobody"),
                   "a message")

        # An endpoint that is known can go and come.
        port = lab.exec("hv-1", "ovs-vsctl", "--bare", "--columns=name",
                        "find", "interface", "external_ids:iface-id=web-1b"
                        ).strip()
        lab.exec("hv-1", "ovs-vsctl", "remove", "interface", port,
                 "external_ids", "iface-id")
        wait_until(lambda: lab.ping("web-1b", "10.0.0.2", count=1) == 0,
                   "it is unplugged")
        lab.exec("hv-1", "ovs-vsctl", "set", "interface", port,
                 "external_ids:iface-id=web-1b")
        lab.wait_ping("web-1b", "10.0.0.2")

        with lab.capture("hv-1") as capture, lab.pinging("web-1", "10.0.0.2"):
            wait_until(lambda: capture.packets("192.0.2.1"), "packets")
            lab.start_daemon("nva", "nvad")
            wait_until(lambda: controller_status(lab, "hv-1")["source"]
                       == "controller", "the controller is heard again")
        wait_until(lambda: "no Endpoint object" in message(lab, "nobody"),
                   "the controller has said so")
        wait_until(lambda: not by_last_known_state(lab), "no alarm any more")
        lab.wait_running("web-1b", "hv-1")
    finally:
        lab.revive()
        lab.exec("hv-1", "ovs-vsctl", "--if-exists", "del-port", "nobody")
        lab.unplug("web-1b")
        lab.delete("Endpoint", "web-1b")


def test_old_state(lab):
    """A state that is older than what the node had last, as after a kill
    before the next save: what it has works, what it lacks comes back with the
    controller."""
    path = lab.dir / "hv-1" / "state.json"
    wait_until(lambda: path.exists() and '"web-1"' in path.read_text(),
               "a state with web-1")
    old = path.read_text()
    lab.apply(LATECOMER)
    lab.plug("hv-1", "web-1c")
    try:
        lab.wait_ping("web-1", "10.0.0.72")
        end_agent(lab, "hv-1")
        assert "web-1c" in path.read_text() and "web-1c" not in old
        path.write_text(old)
        lab.kill("nva", "nvad")
        lab.start_daemon("hv-1", "geneve-agentd")
        wait_until(lambda: controller_status(lab, "hv-1")["source"] == "saved",
                   "the old state is in force")
        lab.wait_ping("web-1", "10.0.0.2")
        assert "has not said" in message(lab, "web-1c")
        lab.start_daemon("nva", "nvad")
        lab.wait_ping("web-1", "10.0.0.72")
        lab.wait_running("web-1c", "hv-1")
        assert lab.ping("web-1", "10.0.0.2", count=1) == 1
    finally:
        lab.revive()
        lab.unplug("web-1c")
        lab.delete("Endpoint", "web-1c")


def cut(text):
    return text[:-100]


def come_from_the_future(text):
    header, body = text.split("\n", 1)
    header = json.loads(header)
    header.update(format=2, news={"of": "tomorrow"})
    return "%s\n%s" % (json.dumps(header), body)


@pytest.mark.parametrize("spoil", [cut, come_from_the_future])
def test_damaged_state(lab, spoil):
    """A state that cannot be used is put aside, and said so."""
    end_agent(lab, "hv-3")
    path = lab.dir / "hv-3" / "state.json"
    header = json.loads(path.read_text().splitlines()[0])
    assert header["systemId"] == "hv-3"
    path.write_text(spoil(path.read_text()))
    lab.kill("nva", "nvad")
    try:
        lab.start_daemon("hv-3", "geneve-agentd")
        alarm = wait_until(lambda: [
            a for a in lab.agentctl("hv-3", "status")["alarms"]
            if a["object"] == "file %s" % path], "an alarm")[0]
        aside, = path.parent.glob("state.json.bad-*")
        assert str(aside) in alarm["message"]
        aside.unlink()
    finally:
        lab.start_daemon("nva", "nvad")
    wait_until(path.exists, "it is saved anew")
    world.settle(lab)


def test_controller_that_misbehaves(lab):
    """Whatever it answers: traffic goes on, and an endpoint that is known can
    go and come."""
    server = BadServer(lab)
    before = lab.exec("hv-1", "ovs-vsctl", "get", "open", ".",
                      "external_ids:nve-controller").strip()

    def set_controller(url):
        lab.exec("hv-1", "ovs-vsctl", "set", "open", ".",
                 "external_ids:nve-controller=%s" % url)

    def state():
        return controller_status(lab, "hv-1")["state"]

    lab.apply(NEIGHBOR)
    lab.plug("hv-1", "web-1b")
    try:
        lab.wait_ping("web-1b", "10.0.0.2")
        port = lab.exec("hv-1", "ovs-vsctl", "--bare", "--columns=name",
                        "find", "interface", "external_ids:iface-id=web-1b"
                        ).strip()
        with lab.pinging("web-1", "10.0.0.2"):
            set_controller('"%s"' % server.url)
            for answer in ANSWERS:
                wait_until(lambda: state() == "connected", "it is well")
                server.turn(answer)
                wait_until(lambda: state() == "backoff" and server.answered,
                           "it answers: " + answer)
                lab.exec("hv-1", "ovs-vsctl", "remove", "interface", port,
                         "external_ids", "iface-id")
                wait_until(lambda: lab.ping("web-1b", "10.0.0.2", count=1,
                                            wait=0.1) == 0, "it is unplugged")
                lab.exec("hv-1", "ovs-vsctl", "set", "interface", port,
                         "external_ids:iface-id=web-1b")
                lab.wait_ping("web-1b", "10.0.0.2")
                server.turn(None)
            wait_until(lambda: state() == "connected", "it is well")
            set_controller(before)
            wait_until(lambda: state() == "connected", "nvad itself")
    finally:
        set_controller(before)
        server.close()
        lab.unplug("web-1b")
        lab.delete("Endpoint", "web-1b")
