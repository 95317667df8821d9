"""Each command on the shipped example: what it prints, its exit code, and that it says the same every time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from policylint.cli import terminal
from policylint.cli.main import COMMANDS

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

SCHEMAS = Path(__file__).parents[2] / "schemas" / "output"
JOHN = ("why", "--mailbox", "john.doe@contoso.com")
FIXED = {"SOURCE_DATE_EPOCH": "1795435200"}


def record(done: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


@pytest.mark.parametrize("arguments", [("lint",), ("simulate",), JOHN, ("test",), ("plan",), ("rules",)], ids=" ".join)
def test_json_is_as_its_schema_promises(example: Folder, arguments: tuple[str, ...]) -> None:
    done = example.run(*arguments, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    schema = json.loads((SCHEMAS / f"{arguments[0]}-v1.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(record(done))


@pytest.mark.parametrize(
    "arguments", [("lint",), ("simulate", "--full"), JOHN, ("test",), ("plan", "--full")], ids=" ".join
)
@pytest.mark.parametrize("output", ["text", "json"])
def test_law_8_the_same_bytes_whatever_the_surroundings(
    example: Folder, arguments: tuple[str, ...], output: str
) -> None:
    one = example.run(*arguments, "--format", output, **FIXED, PYTHONHASHSEED="1", LC_ALL="C", TZ="UTC")
    for path in sorted((example.path / "policy").rglob("*.yaml"), reverse=True):
        path.write_bytes(path.read_bytes())
    other = example.run(*arguments, "--format", output, **FIXED, PYTHONHASHSEED="2", LC_ALL="C.UTF-8", TZ="Asia/Tokyo")
    assert one.stdout == other.stdout


def test_exit_codes_of_a_plan(example: Folder) -> None:
    assert example.run("plan").returncode == 0
    assert example.run("plan", "--detailed-exitcode").returncode == 2
    rules = example.path / "policy" / "device-access-rules.yaml"
    rules.write_text("deviceAccessRules: []\n")
    done = example.run("plan", "--detailed-exitcode")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0].endswith("no script")


def test_a_failing_test_says_which_decision_it_got(example: Folder) -> None:
    example.write(
        "policy/more.yaml",
        "tests:\n"
        "  - {name: iPods keep out, device: {DeviceType: iPod}, expect: Blocked}\n"
        "  - {name: mail for Windows, device: {ClientType: UniversalOutlook}, expect: Allowed}\n"
        "  - {name: nobody, device: {}, mailbox: nobody@contoso.com, expect: Allowed}\n",
    )
    done = example.run("test", "--format", "json")
    assert done.returncode == 1
    outcomes = {test["name"]: test for test in record(done)["tests"]}
    assert outcomes["iPods keep out"]["outcome"] == "failed"
    assert outcomes["iPods keep out"]["decision"]["state"] == "Quarantined"
    assert outcomes["iPods keep out"]["decision"]["decidedBy"]["identity"] == "iPod (DeviceType)"
    assert (
        "got Quarantined by rule iPod (DeviceType) (policy/device-access-rules.yaml:"
        in outcomes["iPods keep out"]["message"]
    )
    assert outcomes["mail for Windows"]["outcome"] == "undecided"
    assert outcomes["nobody"]["outcome"] == "undecided"


def test_github_annotations(example: Folder) -> None:
    done = example.run("lint", "--format", "github")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert {line.partition(" file=")[0] for line in lines} == {"::warning", "::notice"}


def test_lint_shows_what_it_was_asked_about(example: Folder) -> None:
    done = example.run("lint", "policy/mailboxes", "--format", "json")
    assert {d["path"].split("/")[1] for d in record(done)["diagnostics"]} == {"mailboxes"}


def test_a_repository_may_be_named(example: Folder) -> None:
    done = example.run("lint", str(example.path), "--format", "json")
    assert record(done)["summary"]["files"] == 6


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ((), {}, False),
        (("--color", "always"), {}, True),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color", "never"), {"FORCE_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "0"}, True),
        ((), {"FORCE_COLOR": ""}, False),
        ((), {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        (("--color", "always"), {"TERM": "dumb"}, True),
        (("--format", "json"), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(example: Folder, arguments: tuple[str, ...], environment: dict[str, str], coloured: bool) -> None:
    done = example.run("show", "organization", *arguments, **environment)
    assert ("\x1b[" in done.stdout) is coloured


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"TERM": "dumb", "FORCE_COLOR": "1"}, True)],
)
def test_colour_on_a_terminal(
    example: Folder, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], coloured: bool
) -> None:
    monkeypatch.setattr(terminal, "shows_output", lambda: True)
    done = example.run("show", "organization", **{"TERM": "xterm", **environment})
    assert ("\x1b[" in done.stdout) is coloured


def test_a_file_is_not_colored_for_a_variable(example: Folder) -> None:
    example.run("show", "organization", "-o", "out.txt", FORCE_COLOR="1")
    assert b"\x1b[" not in (example.path / "out.txt").read_bytes()


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("lnit", "lint"),
        ("repot exemptions", "report exemptions"),
        ("report exemption", "report exemptions"),
        ("exemptions", "report exemptions"),
        ("snapshot sho", "snapshot show"),
        ("snpashot seal x.json", "snapshot seal"),
        ("snpashot", "snapshot"),
        ("snapshot zzz", None),
        ("help snapshot sho", "snapshot show"),
        ("lint --stirct", "--strict"),
        ("lint --format jsn", "json"),
        ("lint --format jsn=a.json", "json"),
        ("lint --edition exchange-2018", "exchange-2019"),
        ("show polcies", "policies"),
        ("show zzzzz", None),
        ("rules tset", "test"),
        ("completion pwershell", "powershell"),
    ],
)
def test_what_was_probably_meant_is_asked(folder: Folder, line: str, meant: str | None) -> None:
    done = folder.run(*line.split())
    assert (3, "") == (done.returncode, done.stdout)
    assert (f"did you mean `{meant}`?" if meant else "see `policylint ") in done.stderr


def test_windows_line_ends_are_read_alike(example: Folder) -> None:
    before = record(example.run("lint", "--format", "json"))
    for path in (example.path / "policy").rglob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert before == record(example.run("lint", "--format", "json"))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(folder: Folder, name: str) -> None:
    done = folder.run(*name.split(), "--help")
    assert done.returncode == 0
    assert f"Usage: policylint {name}" in done.stdout


def test_scripts_come_out_as_ascii_with_windows_line_ends(example: Folder) -> None:
    assert example.run("plan", "--out", "plan.json").returncode == 0
    assert example.run("apply-script", "plan.json", "-o", "converge.ps1").returncode == 0
    assert example.run("export-script", "-o", "export.ps1").returncode == 0
    for name in ("converge.ps1", "export.ps1"):
        content = (example.path / name).read_bytes()
        assert content.isascii()
        assert content.count(b"\n") == content.count(b"\r\n")
