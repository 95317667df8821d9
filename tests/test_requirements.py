"""What a run says of the tests that it skipped."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.requirements import BASH, PWSH, REQUIREMENTS, not_run, skipped, unknown
from tools import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TESTS = ("tests/cli/test_completion.py", "-k", "bash_completes or powershell_completes or powershell_runs")


def test_what_is_missing_is_in_the_report(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POLICYLINT_")}
    report = tmp_path / "tests.xml"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--junit-xml", str(report), *TESTS]
    subprocess.run(command, env=environment | {"PATH": str(tmp_path)}, cwd=ROOT, check=True, capture_output=True)
    found = [*skipped(report)]
    assert [("tests/cli", BASH.reason), *[("tests/cli", PWSH.reason)] * 2] == found
    assert [] == unknown(found)


def test_what_did_not_run_is_named_with_how_to_get_it() -> None:
    text = not_run([("tests/cli", BASH.reason), ("tests/cli", PWSH.reason), ("tests/powershell", PWSH.reason)] * 2)
    first, second, *_ = text.split("\n\n")[1:]
    assert "NOT RUN: 6 tests, because something is missing on this machine" == text.splitlines()[1]
    assert ["4 tests need PowerShell 7: pwsh on PATH", "  tests/cli: 2", "  tests/powershell: 2"] == (
        first.splitlines()[:3]
    )
    assert ["Debian, Ubuntu", "Windows", "macOS"] == [
        line.removeprefix("  to get it on ").partition(":")[0] for line in first.splitlines()[3:]
    ]
    assert ["2 tests need bash", "  tests/cli: 2"] == second.splitlines()[:2]


def test_a_run_that_skips_nothing_says_nothing() -> None:
    assert ("", []) == (not_run([]), unknown([]))


def test_a_reason_that_is_no_requirement_is_found() -> None:
    assert ["too slow"] == unknown([("tests/cli", "too slow"), ("tests/cli", BASH.reason)])


def test_no_two_requirements_are_alike() -> None:
    assert len(REQUIREMENTS) == len({requirement.reason for requirement in REQUIREMENTS})


@pytest.mark.parametrize(
    ("promise", "outcome"), [({}, pytest.skip.Exception), ({"POLICYLINT_REQUIRE_PWSH": "1"}, pytest.fail.Exception)]
)
def test_powershell_that_was_promised_must_be_there(
    monkeypatch: pytest.MonkeyPatch, promise: dict[str, str], outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("POLICYLINT_REQUIRE_PWSH", raising=False)
    for name, value in promise.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(outcome):
        PWSH.require()
