"""Label sets get numbers, endpoints show them, packets carry them."""
import os
import pathlib

import pytest

import world
from lab import NVA, TOP
from waiting import wait_until

BUILD = pathlib.Path(os.environ.get("GA_BUILDDIR", TOP / "build"))
LABEL = "0xff01/0x81"
LABELS = {"a": {"app": "shop", "tier": "web"},
          "b": {"tier": "web", "app": "shop"},
          "c": {"app": "shop", "tier": "db"}, "d": {}}


def endpoint(name, number, labels, **spec):
    """Without a label of its own."""
    obj = world.endpoint(name, "blue", number, **spec)
    if "policyLabel" not in spec:
        del obj["spec"]["policyLabel"]
    obj["metadata"]["labels"] = labels
    return obj


def label(lab, name):
    return lab.endpoint_status(name).get("policyLabel")


def wait_label(lab, name, wanted=None, labels=None):
    """Waits until an endpoint has a number ('wanted'), for 'labels'; returns
    it."""
    def has_one():
        status = lab.endpoint_status(name)
        assert "policyLabel" in status, status
        assert wanted in (None, status["policyLabel"]), status
        assert labels in (None, status["policyLabelSet"]), status
        return status["policyLabel"]
    return wait_until(has_one, "%s has a policy label" % name)


def shown(lab):
    return lab.exec("nva", "ovs-appctl", "-t", "nva-labeller",
                    "labeller/show")


@pytest.fixture
def four(lab):
    """a and b have the same labels, d has none."""
    objs = [endpoint(name, 70 + n, labels)
            for n, (name, labels) in enumerate(LABELS.items())]
    with lab.temporary(*objs):
        for name in LABELS:
            wait_label(lab, name)
        yield lab


def test_a_number_for_each_set(four):
    lab = four
    numbers = {name: label(lab, name) for name in LABELS}
    assert numbers["a"] == numbers["b"]
    assert len(set(numbers.values())) == 3
    assert 0 not in numbers.values()
    assert lab.endpoint_status("a")["policyLabelSet"] == "app=shop,tier=web"
    assert lab.endpoint_status("d")["policyLabelSet"] == ""
    # Those that say their own show that.
    for name, obj in world.WEB.items():
        if name <= lab.nodes:
            assert label(lab, obj["metadata"]["name"]) == 100 + name
            assert obj["spec"]["policyLabel"] not in numbers.values()
    assert lab.get("VPC", "blue")["status"]["policyLabelLimit"] >= max(
        numbers.values())
    assert "app=shop,tier=web  (2 endpoints)" in shown(lab)

    # Another set, another number; back, and it is the old one.
    lab.patch("Endpoint", "b", {"metadata": {"labels": {"tier": "cache"}}})
    new = wait_label(lab, "b", labels="app=shop,tier=cache")
    assert new not in numbers.values()
    assert label(lab, "a") == numbers["a"]
    lab.patch("Endpoint", "b", {"metadata": {"labels": {"tier": "web"}}})
    wait_label(lab, "b", numbers["a"])

    # Its last endpoint is gone: nobody else gets it.
    lab.delete("Endpoint", "c")
    lab.apply(endpoint("e", 75, {"app": "other"}))
    try:
        assert wait_label(lab, "e") not in [*numbers.values(), new]
    finally:
        lab.delete("Endpoint", "e")


def test_spec_wins(four):
    lab = four
    taken = label(lab, "a")
    lab.patch("Endpoint", "d", {"spec": {"policyLabel": taken}})
    wait_label(lab, "d", taken)
    other = wait_until(lambda: label(lab, "a") != taken and label(lab, "a"),
                       "a's set has lost its number")
    wait_label(lab, "b", other)
    lab.patch("Endpoint", "d", {"spec": {"policyLabel": None}})
    assert wait_until(lambda: label(lab, "d") != taken and label(lab, "d"),
                      "d has a number of its set's") != other
    assert label(lab, "a") == other


def test_restart_changes_nothing(four):
    lab = four
    before = {e["metadata"]["name"]: e["metadata"]["resourceVersion"]
              for e in lab.list("Endpoint")}
    numbers = {name: label(lab, name) for name in LABELS}
    lab.kill("nva", "nva-labeller")
    try:
        # Meanwhile: one changes, one goes, one comes.
        lab.patch("Endpoint", "b", {"metadata": {"labels": {"tier": "x"}}})
        lab.delete("Endpoint", "c")
        lab.apply(endpoint("e", 75, {"app": "late"}))
        assert label(lab, "b") == numbers["a"]
        assert label(lab, "e") is None
        lab.start_daemon("nva", "nva-labeller")
        new = wait_label(lab, "b", labels="app=shop,tier=x")
        late = wait_label(lab, "e")
        assert len({new, late, *numbers.values()}) == 5
        after = {e["metadata"]["name"]: e["metadata"]["resourceVersion"]
                 for e in lab.list("Endpoint")}
        for name in "b", "c", "e":
            before.pop(name, None)
            after.pop(name, None)
        assert after == before
    finally:
        lab.revive()
        lab.delete("Endpoint", "e")


def test_the_labeller_that_was_started_last_goes_on(four):
    """The other one writes nothing any more, whatever happens."""
    lab = four
    numbers = {name: label(lab, name) for name in LABELS}
    wait_until(lambda: shown(lab).startswith("running"), "the first runs")
    ours = wait_until(lambda: lab.get("VPC", "blue")["status"].get(
        "policyLabeller"), "it has signed")
    socket = lab.dir / "second.ctl"

    def second():
        return lab.exec("nva", "ovs-appctl", "-t", socket, "labeller/show")

    with lab.running("exec", "nva", BUILD / "utilities/labeller/nva-labeller",
                     "--unixctl=%s" % socket, "http://%s:8080" % NVA):
        wait_until(lambda: "superseded" in shown(lab), "the first gives up")
        assert second().startswith("running")
        assert lab.get("VPC", "blue")["status"]["policyLabeller"] > ours
        assert {name: label(lab, name) for name in LABELS} == numbers
        lab.apply(endpoint("e", 75, {"app": "new"}))
        try:
            new = wait_label(lab, "e")
            assert new not in numbers.values()
            assert "%d  app=new" % new in second()
        finally:
            lab.delete("Endpoint", "e")
    assert "superseded" in shown(lab)
    lab.kill("nva", "nva-labeller")
    lab.start_daemon("nva", "nva-labeller")
    wait_until(lambda: shown(lab).startswith("running"), "it runs again")
    lab.patch("Endpoint", "b", {"metadata": {"labels": {"tier": "y"}}})
    wait_label(lab, "b", labels="app=shop,tier=y")


def carried(lab, name, obj):
    """What packets of endpoint 'name' have in the option."""
    with lab.capture("hv-1") as capture:
        lab.ping(name, "10.0.0.2", count=1)
        packets = wait_until(
            lambda: capture.packets(inner_src=world.mac(obj)), "packets")
    return {int.from_bytes(p.data[p.options.index(LABEL)], "big")
            for p in packets}


def test_packets_carry_it(lab):
    """The profile requires the option, so without a number nothing is
    sent."""
    obj = endpoint("w", 76, {"app": "wire"})
    with lab.without("nva", "nva-labeller"):
        lab.apply(obj)
        lab.plug("hv-1", "w", wait=False)
        wait_until(lambda: lab.endpoint_status("w").get("phase") == "Blocked",
                   "without a number it is blocked")
    try:
        number = wait_label(lab, "w")
        lab.wait_running("w", "hv-1")
        # Its agent has not written over it, nor has the labeller over that.
        assert lab.endpoint_status("w")["nve"] == "hv-1"
        assert label(lab, "w") == number
        lab.wait_ping("w", "10.0.0.2")
        assert carried(lab, "w", obj) == {number}

        lab.patch("Endpoint", "w", {"metadata": {"labels": {"app": "new"}}})
        new = wait_label(lab, "w", labels="app=new")
        assert new != number
        wait_until(lambda: carried(lab, "w", obj) == {new},
                   "packets carry the new number")
        assert [e["policyLabel"] for e in lab.agentctl(
            "hv-1", "endpoint", "list") if e["name"] == "w"] == [new]

        lab.patch("Endpoint", "w", {"spec": {"policyLabel": 4711}})
        wait_label(lab, "w", 4711)
        wait_until(lambda: carried(lab, "w", obj) == {4711},
                   "packets carry that of the spec")
    finally:
        lab.sandbox("unplug", "w", check=False)
        lab.delete("Endpoint", "w")
