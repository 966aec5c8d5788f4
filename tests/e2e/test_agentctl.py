"""agentctl: tables, JSON, errors, exit codes; against a fake daemon.

GA_BUILDDIR names the build tree.  Needs no root.
"""

import copy
import fcntl
import json
import os
import pty
import shutil
import struct
import subprocess
import tempfile
import termios

import pytest

import fake_agentd

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILDDIR = os.environ.get("GA_BUILDDIR", TOP)
AGENTCTL = os.path.join(BUILDDIR, "utilities", "agentctl", "agentctl")
SCENARIOS = [os.path.join(TOP, "tests", "scenarios", name)
             for name in ("scenarios.json", "random.json")]

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


# Tables and JSON.

@pytest.mark.parametrize("command", QUESTIONS)
def test_tables_fit(daemon, command):
    result = agentctl("-t", daemon.path, *command.split())
    assert (result.returncode, result.stderr) == (DONE, "")
    assert result.stdout
    assert "\033" not in result.stdout
    for line in result.stdout.splitlines():
        assert len(line) <= 80, line
        assert line == line.rstrip()


@pytest.mark.parametrize("command", QUESTIONS)
def test_json_is_the_answer(daemon, command):
    result = agentctl("-t", daemon.path, "-f", "json", *command.split())
    assert (result.returncode, result.stderr) == (DONE, "")
    expected = daemon.answers[QUESTIONS[command]]
    if QUESTIONS[command] in fake_agentd.PAGED:         # In pages of no order.
        expected = sorted(expected, key=lambda member: member["name"])
    assert json.loads(result.stdout) == expected
    # Over several lines, members sorted.
    ordered = json.loads(result.stdout, object_pairs_hook=list)
    assert ordered == json.loads(json.dumps(expected, sort_keys=True),
                                 object_pairs_hook=list)
    assert result.stdout.count("\n") > 5
    words = command.split()
    n_words = 1 if words[0] in ("status", "explain", "trace") else 2
    pages = ([["0"], ["1"]] if QUESTIONS[command] in fake_agentd.PAGED
             else [words[n_words:]])
    assert daemon.requests == [(QUESTIONS[command], page) for page in pages]


def test_status(daemon):
    text = agentctl("-t", daemon.path, "status").stdout
    for word in ("hv-1", "connected", "https://nva.example.net:8443",
                 "3 h 12 min", "87 of 87 flows", "per-remote", "192.0.2.1",
                 "1500", "4 of 5 ports", "reached by  geneve, vxlan",
                 "0xff01/0x81(4)!",
                 "0x0103/0x01(12-124)", "41 on other nodes",
                 "2 ok, 1 degraded", "2 alarms", "nve hv-3, plan",
                 "1 refused object", "VPC green"):
        assert word in text
    assert "16777216 is over 16777215" in text


def test_status_that_is_not_complete(daemon):
    assert "Not everything" not in agentctl("-t", daemon.path,
                                            "status").stdout
    daemon.answers["ga/status"]["complete"] = False
    assert "Not everything" in agentctl("-t", daemon.path, "status").stdout


def test_status_without_controller(daemon):
    daemon.answers["ga/status"].update(controller={"url": None},
                                       systemId=None, encapIPs=[])
    text = agentctl("-t", daemon.path, "status").stdout
    assert "external_ids:nve-controller" in text
    assert "external_ids:system-id" in text
    assert "external_ids:nve-encap-ip" in text


def test_withdrawals(daemon):
    def shown(*command):
        text = agentctl("-t", daemon.path, *command).stdout
        return " ".join(text.split())
    text = shown("status")
    assert ("withdrawal published 0xff01/0x07, 0xff01/0x88 still received, "
            "until 2026-03-01T09:30:31Z at the latest, waiting for hv-3, "
            "hv-4, hv-5, hv-6, hv-7 +2") in text, text
    assert ("withdrawal to publish 0xff01/0x81 not required yet"
            in text), text
    assert "APPLIED" not in shown("remote", "list")
    assert "not yet" not in shown("remote", "show", "hv-3")

    # One more column, while it says something.
    for remote in daemon.answers["ga/remote-list"]:
        remote["applied"] = remote["name"] != "hv-2"
    daemon.answers["ga/remote-show"]["applied"] = False
    for line in agentctl("-t", daemon.path, "remote",
                         "list").stdout.splitlines():
        assert len(line) <= 80, line
    text = shown("remote", "list")
    assert "NAME STATUS APPLIED SOURCE" in text
    assert "hv-2 ok no advertised" in text
    assert "hv-3 degraded yes advertised" in text
    text = shown("remote", "show", "hv-3")
    assert "applied not yet: it may still send" in text
    for remote in daemon.answers["ga/remote-list"]:
        remote["applied"] = True
    assert "APPLIED" not in shown("remote", "list")
    for key in "withdrawals", "poisoning":
        daemon.answers["ga/status"].pop(key, None)
    assert "withdrawal" not in shown("status")


def test_remote_show(daemon):
    lines = agentctl("-t", daemon.path, "remote", "show",
                     "hv-3").stdout.splitlines()
    to = lines.index("We send to hv-3")
    back = lines.index("hv-3 sends to us")
    assert to < back

    def fields(line):
        return line.split(None, 3)

    assert fields(lines[to + 2]) == ["1", "0xff01/0x81", "policy-label",
                                     "critical"]
    assert fields(lines[to + 3]) == ["2", "0xff01/0x02", "endpoint-type"]
    assert fields(lines[to + 4])[:3] == ["-", "0xff01/0x03", "qos-class"]
    text = " ".join(" ".join(lines).split())
    assert "left out: the receiver does not take it (unsupported)" in text
    assert "(plan)" in text and "(max-bytes)" in text
    assert "! 0xff01/0x85" in text
    assert "no packet is sent at all" in text
    assert "1 packet\n" in "\n".join(lines)
    assert "4711 packets dropped" in text
    assert fields(lines[back + 2])[:2] == ["1", "0xff01/0x02"]
    assert fields(lines[back + 3])[:2] == ["2", "0xff01/0x81"]


def test_remote_show_without_names(daemon):
    """Names of options are a second question, whose failure costs the names
    and nothing else."""
    daemon.answers["ga/option-list"] = Exception("no")
    result = agentctl("-t", daemon.path, "remote", "show", "hv-3")
    assert (result.returncode, result.stderr) == (DONE, "")
    assert "0xff01/0x81" in result.stdout
    assert "policy-label" not in result.stdout


@pytest.mark.parametrize("command", ["remote list", "option list",
                                     "plan list", "endpoint list"])
def test_empty_lists(daemon, command):
    daemon.answers[QUESTIONS[command]] = []
    result = agentctl("-t", daemon.path, *command.split())
    assert result.returncode == DONE
    assert result.stdout.startswith("No ")
    result = agentctl("-t", daemon.path, "-f", "json", *command.split())
    assert json.loads(result.stdout) == []


def test_endpoint_counters(daemon):
    text = agentctl("-t", daemon.path, "endpoint", "list").stdout
    rows = [line.split() for line in text.splitlines()]
    heading = rows[0]
    assert heading[-4:] == ["MTU", "LABEL", "SENT", "RECVD"], text
    by_name = {row[0]: row for row in reversed(rows) if row}
    assert by_name["web-1"][-4:] == ["1434", "7", "999999", "123.5M"], text
    assert by_name["db-1"][-4:] == ["1434", "70000", "-", "-"], text
    assert by_name["web-7"][-4:] == ["-", "-", "0", "2.0G"], text


def test_trace(daemon):
    def shown():
        text = agentctl("-t", daemon.path, "trace", "web-1", "web-3").stdout
        return " ".join(text.split())
    text = shown()
    for words in ("web-1 on hv-1, policy label 7", "VNI 5000, bridged",
                  "br-int: input > encap > br-tx1: encap",
                  "Remote hv-3, plan 1",
                  "192.0.2.1 > 192.0.2.3", "0xff01/0x81! policy-label 4",
                  "header of 36 bytes", "0740655800138800 ff010604",
                  "the receiving node decides", "It is sent to hv-3"):
        assert words in text, (words, text)
    daemon.answers["ga/trace"].update(
        outcome="dropped", reason="spoofed", tunnels=[], policy=None,
        sentence="It is dropped: web-1 may not send it.")
    text = shown()
    assert "Remote" not in text and "policy " not in text.split("stages")[1]
    assert text.endswith("It is dropped: web-1 may not send it.")


def test_long_names_make_wide_tables(daemon):
    name = "a" * 253
    daemon.answers["ga/remote-list"][0]["name"] = name
    result = agentctl("-t", daemon.path, "remote", "list")
    assert name in result.stdout


def test_text_from_afar_is_no_escape_sequence(daemon):
    daemon.answers["ga/endpoint-list"][0]["message"] = "\033]0;x\007\033[2J"
    result = agentctl("-t", daemon.path, "endpoint", "list")
    assert "\033" not in result.stdout and "\007" not in result.stdout
    assert "?]0;x??[2J" in result.stdout


def run_on_terminal(args, width, env):
    """Returns what agentctl writes to a terminal of that width."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ,
                struct.pack("HHHH", 24, width, 0, 0))
    environment = dict(os.environ, TERM="xterm")
    environment.pop("NO_COLOR", None)
    environment.update(env)
    process = subprocess.Popen([AGENTCTL, *args], stdout=slave,
                               stdin=subprocess.DEVNULL, env=environment)
    os.close(slave)
    output = b""
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:             # EIO: the other end is closed.
            break
        if not data:
            break
        output += data
    os.close(master)
    assert process.wait() == DONE
    return output.decode()


def test_colour_on_a_terminal_only(daemon):
    args = ["-t", daemon.path, "remote", "list"]
    assert "\033[31mblocked\033[0m" in run_on_terminal(args, 100, {})
    assert "\033" not in run_on_terminal(args, 100, {"NO_COLOR": "1"})
    assert "\033" not in run_on_terminal(args, 100, {"TERM": "dumb"})
    assert "\033" not in run_on_terminal(args + ["-f", "json"], 100, {})


def test_width_of_the_terminal(daemon):
    args = ["-t", daemon.path, "endpoint", "list"]
    wide = run_on_terminal(args, 200, {"NO_COLOR": "1"})
    narrow = run_on_terminal(args, 50, {"NO_COLOR": "1"})
    assert "its packets are dropped" in wide
    assert len(narrow.splitlines()) > len(wide.splitlines())


# Finding and talking to the daemon.

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


def test_full_disk():
    with open("/dev/full", "w") as full:
        result = subprocess.run([AGENTCTL, "--help"], stdout=full,
                                stderr=subprocess.PIPE, text=True)
    assert result.returncode == FAILED
    assert "No space left" in result.stderr


# The command line.

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


# decode.

# Version 0, Opt Len 4 (two options of 8 bytes in all 16), C, VNI 0x000ce5.
GOOD = "0440 6558 000ce5 00 ff018101 0000002a ff010201 00000001"


def test_decode():
    result = agentctl("decode", GOOD)
    assert (result.returncode, result.stderr) == (DONE, "")
    for word in ("3301", "0xff01/0x81", "0xff01/0x02"):
        assert word in result.stdout


@pytest.mark.parametrize("args, stdin", [
    (GOOD.split(), ""),
    (["0x" + GOOD.replace(" ", "")], ""),
    (["-"], GOOD),
    (["-"], GOOD.replace(" ", "\n") + "\n"),
    ([":".join(GOOD.replace(" ", "")[i:i + 2]
               for i in range(0, 48, 2))], ""),
    ([GOOD.upper()], ""),
])
def test_decode_forms(args, stdin):
    expected = agentctl("decode", GOOD).stdout
    result = agentctl("decode", *args, stdin=stdin)
    assert (result.returncode, result.stderr) == (DONE, "")
    assert result.stdout == expected


def test_decode_json():
    result = agentctl("-f", "json", "decode", GOOD + " aabbcc")
    assert result.returncode == DONE
    header = json.loads(result.stdout)
    assert header["fault"] is None
    assert header["vni"] == 3301
    assert header["payloadBytes"] == 3
    assert [(o["option"], o["data"]) for o in header["options"]] == [
        ("0xff01/0x81", "0000002a"), ("0xff01/0x02", "00000001")]


@pytest.mark.parametrize("text, fault", [
    ("0000 6558 000ce5", "truncated"),
    ("0240 6558 000ce5 00 ff018101", "truncated"),
    ("4000 6558 000ce5 00", "version"),
    ("0140 6558 000ce5 00 ff018101", "opt-len-mismatch"),
])
def test_decode_bad_header(text, fault):
    result = agentctl("decode", text)
    assert result.returncode == FAILED
    assert result.stderr.startswith("agentctl: decode: ")
    result = agentctl("-f", "json", "decode", text)
    assert result.returncode == FAILED
    assert json.loads(result.stdout)["fault"] == fault


@pytest.mark.parametrize("text", ["", "0", "000", "zz", "0000655800-", "0x"])
def test_decode_bad_text(text):
    result = agentctl("decode", text)
    assert result.returncode == FAILED
    assert result.stdout == ""
    assert result.stderr.startswith("agentctl: decode: ")


# scenario run.

def load(path):
    with open(path) as f:
        return json.load(f)["scenarios"]


@pytest.mark.parametrize("path", SCENARIOS)
def test_scenarios_are_as_expected(path):
    result = agentctl("scenario", "run", path, "--check")
    assert (result.returncode, result.stderr) == (DONE, "")
    assert result.stdout == "%d as expected, 0 not\n" % len(load(path))


@pytest.mark.parametrize("path", SCENARIOS)
def test_scenario_results(path):
    """The JSON is what "expect" says, member by member; compared here by
    itself, without agentctl's --check."""
    result = agentctl("-f", "json", "scenario", "run", path)
    assert (result.returncode, result.stderr) == (DONE, "")
    results = json.loads(result.stdout)["results"]
    scenarios = load(path)
    assert [r["name"] for r in results] == [s["name"] for s in scenarios]
    for entry, scenario in zip(results, scenarios):
        got = entry["result"]
        if scenario["kind"] == "fleet":
            assignments = got.pop("assignments")
            assert len(assignments) == got["plans"]
        assert got == scenario["expect"], scenario["name"]


def alterations(expect):
    """Copies of 'expect', each with one value changed, added or removed."""
    def paths(value, path=()):
        if isinstance(value, dict):
            for key in value:
                yield from paths(value[key], path + (key,))
        elif isinstance(value, list) and value:
            for i in range(len(value)):
                yield from paths(value[i], path + (i,))
        else:
            yield path

    for path in paths(expect):
        altered = copy.deepcopy(expect)
        parent = altered
        for key in path[:-1]:
            parent = parent[key]
        old = parent[path[-1]]
        if isinstance(old, bool):
            parent[path[-1]] = not old
        elif isinstance(old, int):
            parent[path[-1]] = old + 4
        elif isinstance(old, str):
            parent[path[-1]] = old + "x"
        else:
            parent[path[-1]] = ["0xffff/0xff"]
        yield path, altered


@pytest.mark.parametrize("kind", ["negotiate", "fleet", "sequence",
                                  "receive"])
def test_altered_scenarios_differ(kind, tmp_path):
    """Every change of what is expected is noticed, and said."""
    altered = []
    for scenario in load(SCENARIOS[0]):
        if scenario["kind"] == kind:
            for path, expect in alterations(scenario["expect"]):
                name = "%s %s" % (scenario["name"],
                                  ".".join(str(key) for key in path))
                altered.append(dict(scenario, expect=expect, name=name))
    assert altered
    path = tmp_path / "altered.json"
    path.write_text(json.dumps(altered))
    result = agentctl("scenario", "run", str(path), "--check")
    assert result.returncode == FAILED
    assert result.stdout == "0 as expected, %d not\n" % len(altered)
    for scenario in altered:
        assert "scenario %s: " % scenario["name"] in result.stderr
    # Without --check nobody looks at it.
    result = agentctl("scenario", "run", str(path))
    assert (result.returncode, result.stderr) == (DONE, "")


def test_scenario_forms():
    """A list, one scenario, standard input."""
    scenario = load(SCENARIOS[0])[0]
    results = []
    for form in ({"scenarios": [scenario]}, [scenario], scenario):
        result = agentctl("-f", "json", "scenario", "run", "-", "--check",
                          stdin=json.dumps(form))
        assert (result.returncode, result.stderr) == (DONE, "")
        results.append(result.stdout)
    assert results[0] == results[1] == results[2]


def test_scenario_table(tmp_path):
    result = agentctl("scenario", "run", SCENARIOS[0])
    assert result.returncode == DONE
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["NAME", "KIND", "RESULT"]
    for line in lines:
        assert len(line) <= 80


@pytest.mark.parametrize("bad", [
    7, None, "text", [], {}, {"name": "b"}, {"name": "b", "kind": "frob"},
    {"name": "b", "kind": "negotiate"},
    {"name": "b", "kind": "negotiate", "sender": 7},
    {"name": "b", "kind": "receive", "header": "zz"},
    {"name": "b", "kind": "fleet", "sender": {"options": []}, "remotes": 1},
])
def test_bad_scenario_does_not_stop_the_others(bad):
    good = load(SCENARIOS[0])[0]
    result = agentctl("-f", "json", "scenario", "run", "-",
                      stdin=json.dumps([bad, good]))
    assert result.returncode == FAILED
    assert result.stderr.startswith("agentctl: scenario ")
    results = json.loads(result.stdout)["results"]
    assert len(results) == 2
    assert results[1]["result"] == good["expect"]
    assert "error" in results[0]


def test_scenario_without_expect():
    scenario = dict(load(SCENARIOS[0])[0])
    del scenario["expect"]
    text = json.dumps(scenario)
    assert agentctl("scenario", "run", "-", stdin=text).returncode == DONE
    result = agentctl("scenario", "run", "-", "--check", stdin=text)
    assert result.returncode == FAILED
    assert "expect" in result.stderr


@pytest.mark.parametrize("text", ["", "{", "[1,]", "{\"scenarios\": 7}",
                                  "7", "[" * 1000])
def test_bad_scenario_file(text, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text(text)
    result = agentctl("scenario", "run", str(path))
    assert result.returncode == FAILED
    assert str(path) in result.stderr


@pytest.mark.parametrize("path", ["/nonexistent/x.json", "/tmp"])
def test_unreadable_scenario_file(path):
    result = agentctl("scenario", "run", path)
    assert result.returncode == FAILED
    assert result.stderr.startswith("agentctl: %s: " % path)
