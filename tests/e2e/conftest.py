"""What the end-to-end tests share: sandboxes, and what to show of one when a
test fails.

Tests may run in several processes at once (pytest -n, --dist loadfile): all
tests of a file are in one process, and each process has its own "three_nodes".
A test that measures what others would disturb (milliseconds, lost packets,
processor time) carries the mark "alone": tests/run runs those afterwards, one
after the other.
"""
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import world                                    # noqa: E402
from lab import SANDBOX, Lab                    # noqa: E402

LABS = []


def new_lab(*args, **kwargs):
    lab = Lab(*args, **kwargs).start()
    LABS.append(lab)
    return lab


def end_lab(lab):
    LABS.remove(lab)
    lab.stop()


@pytest.fixture(scope="session")
def three_nodes():
    """Three nodes with world.py's objects, for all tests that leave them as
    they were."""
    lab = new_lab(3)
    try:
        world.load(lab)
        yield lab
    finally:
        end_lab(lab)


@pytest.fixture
def lab(three_nodes):
    """The common sandbox; settings that a test makes are taken back, and what
    it killed is started."""
    yield three_nodes
    if three_nodes.revive() or three_nodes.changed:
        three_nodes.restore()
        world.settle(three_nodes)


@pytest.fixture(scope="module")
def own_lab():
    """A sandbox of a module's own: call it with the number of nodes, and
    perhaps their underlays' families."""
    labs = []

    def make(*args, **kwargs):
        labs.append(new_lab(*args, **kwargs))
        return labs[-1]
    yield make
    for lab in labs:
        end_lab(lab)


STATE = [("agentctl", "status"), ("agentctl", "-f", "json", "remote", "list"),
         ("ovs-vsctl", "show"),
         ("ovs-ofctl", "-O", "OpenFlow15", "dump-flows", "br-int"),
         ("ovs-appctl", "dpctl/dump-flows"), ("ovs-appctl", "tnl/arp/show"),
         ("ovs-appctl", "ovs/route/show"),
         ("ovs-appctl", "coverage/show"), ("ip", "address")]


def save_state(lab, directory):
    """Writes down what a node looks like, for whoever has to find out why."""
    directory.mkdir(parents=True, exist_ok=True)
    for node in lab.names:
        with open(directory / node, "w") as file:
            for command in STATE:
                print("#", *command, file=file, flush=True)
                subprocess.run(
                    [SANDBOX, "exec", "-d", str(lab.dir), node, "timeout",
                     "5", *command], stdin=subprocess.DEVNULL, stdout=file,
                    stderr=subprocess.STDOUT, check=False)
    for path in lab.dir.glob("*/*.log"):
        shutil.copy(path, directory / ("%s-%s" % (path.parent.name,
                                                  path.name)))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    where = os.environ.get("GA_TEST_FAILURES")
    if report.failed and where:
        for n, lab in enumerate(LABS):
            directory = pathlib.Path(where) / item.name / str(n)
            save_state(lab, directory)
            report.sections.append(("state of the sandbox", str(directory)))


# Those that take more than a third of a minute.
SLOW = ["test_fault_health", "test_withdrawal", "test_policy", "test_mtu",
        "test_nvad_crash", "test_restart", "test_policy_edges",
        "test_plan_bridges", "test_poisoning", "test_local_tunnels",
        "test_sandbox", "test_services"]


def pytest_collection_modifyitems(items):
    """The modules that take longest first: what runs side by side then ends
    at about the same time.  Last the one that minds most what else runs."""
    def place(item):
        name = item.module.__name__
        return (SLOW.index(name) if name in SLOW
                else len(SLOW) + (name == "test_lossfree"))
    items.sort(key=place)


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "alone: measures; nothing else may run at the same time")


def pytest_sessionstart(session):
    if os.geteuid() != 0:
        pytest.exit("end-to-end tests need root", returncode=1)
