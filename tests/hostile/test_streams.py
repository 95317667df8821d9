"""Standard streams that are closed, or whose reader goes away: never a traceback, never a code that means findings."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from policylint.cli import terminal
from policylint.cli.main import main, run
from tests.hostile.world import NOW
from tests.requirements import POSIX

if TYPE_CHECKING:
    from pathlib import Path

CLOSED = {"output": ">&-", "errors": "2>&-", "both": ">&- 2>&-", "all": "<&- >&- 2>&-", "input": "<&-"}


def _shell(folder: Path, line: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": NOW, "POLICYLINT": f"{sys.executable} -m policylint"}
    done = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=environment, capture_output=True, timeout=60, check=False
    )
    assert b"Traceback" not in done.stdout + done.stderr
    assert b"Exception" not in done.stdout + done.stderr
    return done


@POSIX.needed
@pytest.mark.parametrize("closed", CLOSED.values(), ids=CLOSED)
@pytest.mark.parametrize(
    ("arguments", "code"), [("lint", 1), ("minimize", 0), ("plan --out made.json", 1), ("nothing", 3), ("--help", 0)]
)
def test_a_closed_stream_changes_no_code(repositories: dict[str, Path], arguments: str, code: int, closed: str) -> None:
    assert code == _shell(repositories["valid"], f"$POLICYLINT {arguments} {closed}").returncode


@POSIX.needed
def test_no_file_gets_the_number_of_a_closed_stream(repositories: dict[str, Path]) -> None:
    folder = repositories["valid"]
    before = (folder / "live.json").read_bytes()
    _shell(folder, "$POLICYLINT plan --out made.json <&- >&- 2>&-")
    assert (folder / "made.json").read_bytes().startswith(b'{\n "format": "policylint-plan/1"')
    assert before == (folder / "live.json").read_bytes()


@POSIX.needed
@pytest.mark.parametrize("arguments", ["lint -", "fmt -", "apply-script -", "plan --snapshot -"])
def test_nothing_to_read_is_said(repositories: dict[str, Path], arguments: str) -> None:
    done = _shell(repositories["missing"], f"$POLICYLINT {arguments} <&-")
    assert 0 != done.returncode
    assert b"<stdin>" in done.stdout + done.stderr


@POSIX.needed
def test_nobody_is_asked_where_nobody_can_answer(tmp_path: Path) -> None:
    assert 0 == _shell(tmp_path, "$POLICYLINT init <&-").returncode


@POSIX.needed
@pytest.mark.parametrize(
    ("arguments", "codes"),
    [("lint", {4}), ("simulate --format json", {4}), ("init new", {0}), ("plan --out made.json", {4}), ("help", {4})],
)
def test_a_reader_that_is_gone(repositories: dict[str, Path], arguments: str, codes: set[int], tmp_path: Path) -> None:
    folder = tmp_path if arguments.startswith("init") else repositories["valid"]
    line = f"(sleep 0.6; exec $POLICYLINT {arguments}) | true; exit ${{PIPESTATUS[0]}}"
    done = _shell(folder, line)
    assert done.returncode in codes
    assert done.stderr in {b"", b"wrote made.json\n"}


def test_a_pipe_that_windows_says_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows reports a pipe without a reader as an invalid argument."""
    problem = OSError(errno.EINVAL, "Invalid argument")
    assert not terminal.is_closed_pipe(problem)
    monkeypatch.setattr(os, "name", "nt")
    assert terminal.is_closed_pipe(problem)
    assert terminal.is_closed_pipe(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert not terminal.is_closed_pipe(OSError(errno.ENOSPC, "No space left on device"))


def test_streams_that_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program without a console has no streams on Windows."""
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    with pytest.raises(SystemExit) as end:
        run(["--version"])
    assert 0 == end.value.code


def test_a_bug_is_no_finding_and_its_traceback_steers_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_given: object, **_named: object) -> None:
        raise ValueError("a\n::error title=x::pwned \x1b[31m ##[error]x")

    monkeypatch.setattr(main, "main", fail)
    with pytest.raises(SystemExit) as end:
        run(["lint"])
    shown = capsys.readouterr().err
    assert 4 == end.value.code
    assert shown.startswith("Traceback")
    assert "\n\\u003a:error title=x::pwned \\u001b[31m \\u0023#[error]x\n" in shown
