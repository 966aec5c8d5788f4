"""agentctl: what it makes of the daemon's answers, as tables and as JSON."""
import fcntl
import json
import os
import pty
import struct
import subprocess
import termios

import pytest

import fake_agentd
from agentctl_command import AGENTCTL, DONE, QUESTIONS, agentctl
from agentctl_command import daemon, rundir              # noqa: F401


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
