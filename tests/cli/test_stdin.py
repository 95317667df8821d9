"""`-` is standard input: a policy file for `lint`, a snapshot, a saved plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

WRONG = "organization:\n  DefaultAccessLevel: Alow\n"


def test_lint_reads_a_policy_file(folder: Folder) -> None:
    done = folder.pipe(WRONG, "lint", "-", "--format", "concise")
    assert 1 == done.returncode
    assert done.stdout.startswith("<stdin>:2:23: error[schema] ") or done.stdout.startswith("<stdin>:2:23: error")


def test_lint_of_standard_input_is_of_that_alone(example: Folder) -> None:
    text = (example.path / "policy" / "organization.yaml").read_text(encoding="utf-8")
    record = json.loads(example.pipe(text, "lint", "-", "--format", "json").stdout)
    assert {"<stdin>"} >= {found["path"] for found in record["diagnostics"]}
    assert not [found for found in record["diagnostics"] if found["rule"] == "declared-twice"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan",),
        ("simulate",),
        ("why", "SEC0438184C9BE2A"),
        ("diff", "live"),
        ("test",),
        ("minimize",),
        ("lint",),
        ("apply-script",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_snapshot_is_read_from_standard_input(example: Folder, arguments: tuple[str, ...]) -> None:
    live = (example.path / "live.json").read_text(encoding="utf-8")
    clock = {"SOURCE_DATE_EPOCH": "1795435200"}
    expected = example.run(*arguments, **clock)
    done = example.pipe(live, *arguments, "--snapshot", "-", **clock)
    assert expected.returncode == done.returncode
    assert "standard input" not in done.stderr
    if arguments[0] in {"test", "minimize", "lint"}:
        assert expected.stdout == done.stdout.replace("<stdin>", "live.json")


def test_a_plan_is_read_from_standard_input(example: Folder) -> None:
    clock = {"SOURCE_DATE_EPOCH": "1795435200"}
    example.run("plan", "--out", "plan.json", **clock)
    plan = (example.path / "plan.json").read_text(encoding="utf-8")
    expected = example.run("apply-script", "plan.json", **clock)
    done = example.pipe(plan, "apply-script", "-", **clock)
    assert (expected.returncode, expected.stdout) == (done.returncode, done.stdout)
    assert "<stdin>: not a plan" in example.pipe("{}", "apply-script", "-", **clock).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lint", "-", "policy"), "`-` stands for standard input alone"),
        (("lint", "-", "--snapshot", "-"), "standard input cannot be policy and snapshot at once"),
    ],
)
def test_standard_input_is_one_thing(example: Folder, arguments: tuple[str, ...], message: str) -> None:
    done = example.pipe(WRONG, *arguments)
    assert (3, True) == (done.returncode, message in done.stderr)
