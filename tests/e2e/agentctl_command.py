"""agentctl as a command, and a fake daemon that it asks.

GA_BUILDDIR names the build tree.  Needs no root.
"""
import os
import shutil
import subprocess
import tempfile

import pytest

import fake_agentd

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILDDIR = os.environ.get("GA_BUILDDIR", TOP)
AGENTCTL = os.path.join(BUILDDIR, "utilities", "agentctl", "agentctl")
DONE, FAILED, USAGE = 0, 1, 2

# Each command that asks the daemon, and the answer it prints.
QUESTIONS = {
    "status": "ga/status",
    "remote list": "ga/remote-list",
    "remote show hv-3": "ga/remote-show",
    "option list": "ga/option-list",
    "plan list": "ga/plan-list",
    "endpoint list": "ga/endpoint-list",
    "policy list": "ga/policy-list",
    "route list": "ga/route-list",
    "explain hv-3": "ga/explain",
    "explain hv-3 0xff01/0x03": "ga/explain",
    "trace web-1 web-3": "ga/trace",
    "trace web-1 web-3 udp,udp_dst=53": "ga/trace",
}


def agentctl(*args, stdin="", env=None, timeout=60):
    environment = dict(os.environ, OVS_RUNDIR="/nonexistent")
    environment.update(env or {})
    return subprocess.run([AGENTCTL, *args], input=stdin, text=True,
                          capture_output=True, timeout=timeout,
                          env=environment)


@pytest.fixture
def rundir():
    """A directory with a path short enough for a socket."""
    path = tempfile.mkdtemp(prefix="ga-ctl-", dir="/tmp")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def daemon(rundir):
    fake = fake_agentd.FakeAgentd(os.path.join(rundir, "fake.ctl"))
    yield fake
    fake.close()
