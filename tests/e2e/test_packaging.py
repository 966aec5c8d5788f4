"""Man pages, bash completion and systemd units are well formed.

What checks them may not be installed; then that test is skipped.
"""

import os
import re
import shutil
import subprocess

import pytest

import fake_agentd

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILDDIR = os.environ.get("GA_BUILDDIR", TOP)
PAGES = ["agent/geneve-agentd.8", "utilities/agentctl/agentctl.8",
         "utilities/geneve-tap/geneve-tap.8",
         "utilities/labeller/nva-labeller.8", "utilities/nvad/nvad.8"]
UNITS = ["agent/geneve-agentd.service", "agent/geneve-path-down.service",
         "utilities/geneve-tap/geneve-tap@.service",
         "utilities/labeller/nva-labeller.service",
         "utilities/nvad/nva-ovsdb.service", "utilities/nvad/nvad.service"]


def run(*command, **kwargs):
    return subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **kwargs)


def need(tool):
    if not shutil.which(tool):
        pytest.skip("no %s" % tool)


# Man pages.

@pytest.mark.parametrize("page", PAGES)
def test_page_is_clean_for_groff(page):
    need("groff")
    result = subprocess.run(["groff", "-man", "-ww", "-Tascii",
                             os.path.join(TOP, page)],
                            capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES)
def test_page_is_clean_for_mandoc(page):
    need("mandoc")
    result = run("mandoc", "-T", "lint", os.path.join(TOP, page))
    assert (result.returncode, result.stdout) == (0, "")


def test_page_of_agentctl_has_every_command():
    text = open(os.path.join(TOP, PAGES[1])).read()
    text = re.sub(r"\\f.|\"", "", text).replace("\\-", "-")
    usage = run(os.path.join(BUILDDIR, "utilities", "agentctl", "agentctl"),
                "--help").stdout
    commands = re.findall(r"^  ([a-z]+(?: [a-z]+)?) ", usage, re.M)
    assert len(commands) >= 10
    for command in commands:
        assert re.search(r"^\.BI? %s" % command, text, re.M), command
    for option in re.findall(r"--([a-z]+)", usage):
        assert "--%s" % option in text, option


# systemd units.

@pytest.mark.parametrize("unit", UNITS)
def test_unit_is_well_formed(unit, tmp_path):
    need("systemd-analyze")
    text = open(os.path.join(BUILDDIR, unit)).read()
    assert "@" not in re.sub(r"@[a-z-]+", "", "\n".join(
        line for line in text.splitlines()
        if line.startswith("SystemCallFilter")))
    assert not re.search(r"@(sbindir|pkgdatadir)@", text)
    # The programs need not be installed, nor their man pages.
    text = re.sub(r"/\S*/(geneve-agentd|geneve-tap|nva-labeller|nvad"
                  r"|ovsdb-server) ", "/bin/true ", text)
    text = re.sub(r"^Documentation=.*\n", "", text, flags=re.M)
    copy = tmp_path / os.path.basename(unit)
    copy.write_text(text)
    result = run("systemd-analyze", "verify", "--recursive-errors=no",
                 str(copy))
    assert (result.returncode, result.stdout) == (0, "")


def test_agent_outlives_open_vswitch():
    """systemctl stop or restart openvswitch-switch must not reach it."""
    text = open(os.path.join(BUILDDIR, UNITS[0])).read()
    assert not re.search(r"^(Requires|Requisite|BindsTo|PartOf)=", text, re.M)
    assert re.search(r"^Wants=.*openvswitch-switch.service", text, re.M)
    assert "\nRestart=always\n" in text
    assert "\nStartLimitIntervalSec=0\n" in text
    assert "\nRuntimeDirectoryPreserve=yes\n" in text


# Completion.

@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    """A function: words -> completions of the last."""
    directory = tmp_path_factory.mktemp("c")
    fake = fake_agentd.FakeAgentd(str(directory / "s"))
    environment = dict(os.environ, PATH=":".join(
        [os.path.join(BUILDDIR, "utilities", "agentctl"), os.environ["PATH"]]))

    def function(*words):
        words = [w.replace("SOCKET", fake.path) for w in words]
        script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));'
                  '_agentctl; printf "%s\\n" "${COMPREPLY[@]}"')
        result = run("bash", "-c", script, "bash",
                     os.path.join(TOP, "utilities/agentctl/completion.bash"),
                     "agentctl", *words, env=environment)
        assert result.returncode == 0
        return set(result.stdout.split())

    yield function
    fake.close()


def test_completion_of_commands(complete):
    assert {"status", "remote", "explain", "decode", "scenario",
            "version"} <= complete("")
    assert complete("re") == {"remote"}
    assert complete("remote", "") == {"list", "show"}
    assert complete("-f", "json", "plan", "") == {"list"}
    assert complete("scenario", "") == {"run"}
    assert complete("help", "remote", "") == {"list", "show"}
    assert complete("status", "") == set()


def test_completion_of_options(complete):
    assert {"--format", "--target", "--help"} <= complete("--")
    assert "--check" not in complete("status", "--c")
    assert complete("scenario", "run", "x", "--c") == {"--check"}
    assert complete("-f", "") == {"table", "json"}
    assert complete("--format", "=", "j") == {"json"}


def test_completion_of_names(complete):
    assert complete("-t", "SOCKET", "remote", "show", "") == {
        "hv-2", "hv-3", "legacy-rack7-sw1"}
    assert complete("-t", "SOCKET", "explain", "h") == {"hv-2", "hv-3"}
    assert "policy-label" in complete("-t", "SOCKET", "explain", "hv-2", "")
    assert "outside:" in complete("-t", "SOCKET", "trace", "")
    # Readline takes a colon for the end of a word.
    assert complete("-t", "SOCKET", "trace", "outside", ":") == {"internet"}
    assert complete("-t", "SOCKET", "trace", "outside", ":", "in") == {
        "internet"}
    assert complete("-t", "SOCKET", "trace", "outside", ":", "internet",
                    "") == set()
    assert "web-7" in complete("-t", "SOCKET", "trace", "web-1", "w")
    # Without a daemon: nothing, and no noise.
    assert complete("-t", "/nonexistent/x", "remote", "show", "") == set()
