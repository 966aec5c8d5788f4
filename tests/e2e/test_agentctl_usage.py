"""agentctl: its command line, its help, and its exit codes."""
import json
import subprocess

import pytest

from agentctl_command import AGENTCTL, DONE, FAILED, USAGE, agentctl
from agentctl_command import daemon, rundir              # noqa: F401


@pytest.mark.parametrize("args", [
    [], ["frob"], ["remote"], ["remote", "frob"], ["remote", "show"],
    ["remote", "show", "a", "b"], ["remote", "list", "x"], ["explain"],
    ["explain", "a", "b", "c"], ["status", "x"], ["decode"],
    ["trace", "a"], ["trace", "a", "b", "c", "d"],
    ["scenario", "run"], ["scenario"], ["-f", "xml", "status"],
    ["-T", "0", "status"], ["-T", "x", "status"], ["--frob"], ["-t"],
    ["status", "--check"], ["sta"],
])
def test_wrong_usage(args):
    result = agentctl(*args)
    assert result.returncode == USAGE
    assert result.stdout == ""
    assert result.stderr.startswith("agentctl: ") or AGENTCTL in result.stderr
    assert result.stderr.count("\n") == 1


def test_help():
    result = agentctl("--help")
    assert result.returncode == DONE
    for command in ("status", "remote list", "remote show NAME",
                    "option list", "plan list", "endpoint list",
                    "explain REMOTE [OPTION]", "trace SRC DST [FLOW]",
                    "decode HEX", "scenario run",
                    "version"):
        assert command in result.stdout
        words = [w for w in command.split() if w.islower()]
        for args in ([*words, "--help"], ["help", *words], ["-h", *words]):
            own = agentctl(*args)
            assert own.returncode == DONE
            assert "usage: agentctl" in own.stdout
            assert " ".join(words) in own.stdout
            for line in own.stdout.splitlines():
                assert len(line) <= 80
    for line in result.stdout.splitlines():
        assert len(line) <= 80


def test_options_may_follow(daemon):
    result = agentctl("remote", "list", "-f", "json", "-t", daemon.path)
    assert result.returncode == DONE
    assert json.loads(result.stdout)[0]["name"] == "hv-2"


def test_dash_v():
    result = agentctl("-V")
    assert result.returncode == DONE
    assert result.stdout.startswith("agentctl (geneve-agent) ")


def test_full_disk():
    with open("/dev/full", "w") as full:
        result = subprocess.run([AGENTCTL, "--help"], stdout=full,
                                stderr=subprocess.PIPE, text=True)
    assert result.returncode == FAILED
    assert "No space left" in result.stderr
