"""What the end-to-end tests share: sandboxes, and what to show of one when a
test fails."""
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import world                                    # noqa: E402
from lab import Lab                             # noqa: E402

LABS = []


def new_lab(nodes):
    lab = Lab(nodes).start()
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
    """A sandbox of a module's own: call it with the number of nodes."""
    labs = []

    def make(nodes):
        labs.append(new_lab(nodes))
        return labs[-1]
    yield make
    for lab in labs:
        end_lab(lab)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for lab in LABS:
        for path in sorted(lab.dir.glob("*/*.log")):
            if path.name in ("geneve-agentd.log", "nvad.log"):
                tail = path.read_text(errors="replace").splitlines()[-8:]
                report.sections.append(
                    (str(path.relative_to(lab.dir)), "\n".join(tail)))


def pytest_sessionstart(session):
    if os.geteuid() != 0:
        pytest.exit("end-to-end tests need root", returncode=1)
