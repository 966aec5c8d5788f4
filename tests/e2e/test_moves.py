"""An endpoint that is plugged in at two nodes, as during a migration."""
import contextlib
import json

import pytest

import world
from lab import API, NVA, wait_until


@contextlib.contextmanager
def watching(lab, endpoint):
    """Yields a function for all versions of an endpoint's status since."""
    version = lab.get("Endpoint", endpoint)["metadata"]["resourceVersion"]
    path = lab.files / "watched"
    with lab.running("exec", "nva", "curl", "-sN", "-o", path, "-G",
                     "http://%s:8080%s/endpoints" % (NVA, API),
                     "-d", "watch=1", "-d", "resourceVersion=" + version,
                     "-d", "fieldSelector=metadata.name=" + endpoint):
        def seen():
            lines = path.read_text().splitlines() if path.exists() else []
            return [json.loads(line)["object"].get("status") or {}
                    for line in lines]
        yield seen
    path.unlink(missing_ok=True)


@pytest.fixture
def moved(lab):
    """web-3 is at hv-1, too, which has it now."""
    lab.plug("hv-1", "web-3")
    try:
        yield lab
    finally:
        lab.sandbox("unplug", "hv-1", "web-3", check=False)
        lab.wait_running("web-3", "hv-3")
        lab.wait_ping("web-1", "10.0.0.3")


def test_who_gave_up_does_not_come_back(moved):
    """Once hv-1 has let go and hv-3 has taken over, hv-1 writes nothing."""
    lab = moved
    for n in range(3):
        with watching(lab, "web-3") as seen:
            lab.unplug("hv-1", "web-3")
            lab.wait_running("web-3", "hv-3")
            lab.patch("Endpoint", "web-3", {"spec": {"qosClass": 10 + n}})
            # The plug makes hv-1 look at it again, and claims it.
            lab.plug("hv-1", "web-3")
            nodes = wait_until(
                lambda seen=seen: [s.get("nve") for s in seen()
                                   if seen()[-1].get("nve") == "hv-1"],
                "the claim is seen")
        first = nodes.index("hv-3")
        last = nodes.index("hv-1", first)
        assert set(nodes[first:last]) == {"hv-3"}, nodes
    lab.apply(world.WEB[3])


def test_plugged_in_at_the_wrong_node(lab):
    """web-3 belongs to hv-3; an interface at hv-1 with its name changes
    nothing for the endpoints there."""
    lab.patch("Endpoint", "web-3", {"spec": {"nve": "hv-3"}})
    try:
        lab.plug("hv-1", "web-3", wait=False)
        wait_until(lambda: any(e["name"] == "web-3"
                               and e["phase"] == "Refused"
                               for e in lab.agentctl("hv-1", "endpoint",
                                                     "list")),
                   "hv-1 refuses it")
        lab.wait_ping("web-1", "10.0.0.3")
        assert lab.endpoint_status("web-3")["nve"] == "hv-3"
    finally:
        lab.sandbox("unplug", "hv-1", "web-3", check=False)
        lab.apply(world.WEB[3])
