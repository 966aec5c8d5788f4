"""agentctl scenario run: what scenarios come to, and whether that is as they
expect."""
import copy
import json
import os

import pytest

from agentctl_command import DONE, FAILED, TOP, agentctl

SCENARIOS = [os.path.join(TOP, "tests", "scenarios", name)
             for name in ("scenarios.json", "random.json")]


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
