"""Two nodes with one name; a node with another's name for a while."""
import contextlib

import world
from waiting import wait_until


def name_alarms(lab, node):
    return [a for a in lab.agentctl(node, "status")["alarms"]
            if a["reason"] == "name"]


@contextlib.contextmanager
def renamed(lab, node, name):
    def call_it(name):
        lab.exec(node, "ovs-vsctl", "set", "open", ".",
                 "external_ids:system-id=" + name)
    call_it(name)
    try:
        yield
    finally:
        call_it(node)


def test_second_node_of_a_name_holds_still(lab):
    """hv-3 is called hv-2, too, as after a disk was copied.  Both say so, hv-2
    loses nothing, and hv-3 is as before when it has its own name again."""
    before = lab.get("NVE", "hv-2")["status"]
    assert before["instance"]
    with lab.pinging("web-1", "10.0.0.2", lost=0):
        with renamed(lab, "hv-3", "hv-2"):
            alarm, = wait_until(lambda: name_alarms(lab, "hv-3"),
                                "the second says so")
            assert alarm["object"] == "NVE hv-2"
            assert "second" in alarm["message"]
            alarm, = wait_until(lambda: name_alarms(lab, "hv-2"),
                                "the first says so, too")
            assert "holds still" in alarm["message"]
            status = lab.get("NVE", "hv-2")["status"]
            for member in "instance", "receive", "underlay":
                assert status[member] == before[member]
            assert lab.endpoint_status("web-2")["nve"] == "hv-2"
            assert lab.endpoint_status("web-3")["nve"] == "hv-3"
        wait_until(lambda: not name_alarms(lab, "hv-3"), "it has its own name")
    lab.wait_running("web-3", "hv-3")
    lab.wait_ping("web-1", "10.0.0.3")
    assert lab.get("NVE", "hv-2")["status"]["instance"] == before["instance"]


def test_former_name_is_let_go_of(lab):
    """The NVE object of a name that a node has no longer does not come back
    when it is deleted, and its endpoints are claimed under the new name."""
    try:
        with renamed(lab, "hv-3", "hv-9"):
            lab.wait_running("web-3", "hv-9")
            lab.delete("NVE", "hv-3")
            lab.patch("Endpoint", "web-3", {"spec": {"qosClass": 7}})
            lab.wait_ping("web-1", "10.0.0.3")
            assert "hv-3" not in [o["metadata"]["name"]
                                  for o in lab.list("NVE")]
        lab.wait_running("web-3", "hv-3")
    finally:
        lab.delete("NVE", "hv-9")
        lab.apply(world.WEB[3])
    lab.wait_ping("web-1", "10.0.0.3")
    assert "hv-9" not in [o["metadata"]["name"] for o in lab.list("NVE")]
