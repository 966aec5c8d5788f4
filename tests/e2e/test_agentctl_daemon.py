"""agentctl: finding the daemon and talking to it, and what it says when that
fails."""
import fcntl
import json
import os
import shutil
import subprocess

import pytest

import fake_agentd
from agentctl_command import AGENTCTL, DONE, FAILED, QUESTIONS, agentctl
from agentctl_command import daemon, rundir              # noqa: F401


def test_refused_by_the_daemon(daemon):
    """OVS's unixctl ends each answer with a new line; one is enough."""
    daemon.answers["ga/remote-show"] = Exception("there is no NVE x\n")
    result = agentctl("-t", daemon.path, "remote", "show", "x")
    assert (result.returncode, result.stdout) == (FAILED, "")
    assert result.stderr == "agentctl: there is no NVE x\n"


def test_not_running(rundir):
    result = agentctl("status", env={"OVS_RUNDIR": rundir})
    assert result.returncode == FAILED
    assert result.stdout == ""
    assert "is geneve-agentd running?" in result.stderr
    assert "systemctl status geneve-agentd" in result.stderr
    assert rundir in result.stderr


def test_stale_pidfile(rundir):
    with open(os.path.join(rundir, "geneve-agentd.pid"), "w") as f:
        f.write("1\n")
    result = agentctl("status", env={"OVS_RUNDIR": rundir})
    assert result.returncode == FAILED
    assert "is geneve-agentd running?" in result.stderr


@pytest.mark.parametrize("program", ["geneve-agentd", "another"])
def test_found_by_pidfile(rundir, program):
    pid = os.getpid()
    fake = fake_agentd.FakeAgentd(
        os.path.join(rundir, "%s.%d.ctl" % (program, pid)))
    try:
        with open(os.path.join(rundir, program + ".pid"), "w") as f:
            f.write("%d\n" % pid)
            f.flush()
            # As OVS's daemons do, who else looks dead.
            fcntl.lockf(f, fcntl.LOCK_EX)
            args = [] if program == "geneve-agentd" else ["-t", program]
            result = agentctl(*args, "status", env={"OVS_RUNDIR": rundir})
    finally:
        fake.close()
    assert (result.returncode, result.stderr) == (DONE, "")
    assert "hv-1" in result.stdout


def test_no_such_socket(rundir):
    result = agentctl("-t", rundir + "/none.ctl", "status")
    assert result.returncode == FAILED
    assert "is geneve-agentd running?" in result.stderr


def test_socket_path_is_relative_to_here(daemon):
    path = os.path.relpath(daemon.path)
    result = agentctl("-t", path, "status")
    assert result.returncode == DONE


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another")
def test_permission_denied(daemon):
    os.chmod(daemon.path, 0o700)
    os.chmod(os.path.dirname(daemon.path), 0o755)
    command = [shutil.copy(AGENTCTL, os.path.dirname(daemon.path)),
               "-t", daemon.path, "status"]
    result = subprocess.run(command, text=True, capture_output=True,
                            timeout=60, user="nobody", group="nogroup",
                            extra_groups=[])
    assert result.returncode == FAILED
    assert "permission denied" in result.stderr
    assert "root" in result.stderr


def test_error_of_the_daemon(daemon):
    daemon.answers["ga/remote-show"] = Exception(
        "no remote \"hv-9\"; see agentctl remote list")
    for fmt in "table", "json":
        result = agentctl("-f", fmt, "-t", daemon.path, "remote", "show",
                          "hv-9")
        assert result.returncode == FAILED
        assert result.stdout == ""
        assert result.stderr == (
            "agentctl: no remote \"hv-9\"; see agentctl remote list\n")


def test_answer_that_is_no_json(daemon):
    daemon.answers["ga/status"] = "{\"version\": "
    result = agentctl("-t", daemon.path, "status")
    assert result.returncode == FAILED
    assert "not JSON" in result.stderr


def test_daemon_that_hangs(daemon):
    daemon.answers["ga/status"] = None
    result = agentctl("-T", "1", "-t", daemon.path, "status")
    assert result.returncode == FAILED
    assert "no answer within 1 seconds" in result.stderr


def test_answer_with_nothing_in_it(daemon):
    """A daemon of another version: what is missing is left out."""
    for command, method in QUESTIONS.items():
        for answer in ({}, [{}], [], [3]):
            daemon.answers[method] = answer
            result = agentctl("-t", daemon.path, *command.split())
            assert (result.returncode, result.stderr) == (DONE, "")


def test_version(daemon):
    result = agentctl("-t", daemon.path, "version")
    assert result.returncode == DONE
    assert result.stdout.splitlines()[1] == "geneve-agentd 0.1.0"
    result = agentctl("-t", daemon.path, "-f", "json", "version")
    assert json.loads(result.stdout)["geneve-agentd"] == "0.1.0"


def test_version_without_daemon():
    result = agentctl("version")
    assert result.returncode == DONE
    assert "geneve-agentd: unknown" in result.stdout
    result = agentctl("-f", "json", "version")
    assert json.loads(result.stdout)["geneve-agentd"] is None
