"""agentctl decode: a Geneve header in hexadecimal, in many forms."""
import json

import pytest

from agentctl_command import DONE, FAILED, agentctl

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
