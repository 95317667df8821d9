"""What a terminal shows while a snapshot is read, and what commands know of each other."""

from __future__ import annotations

import re
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from policylint.cli import output
from policylint.cli.terminal import with_progress

if TYPE_CHECKING:
    import pytest


def test_it_shows_how_far_it_is_and_clears_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ticks = count()
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks))
    lines = [b"x" * 10] * 10_000
    assert lines == list(with_progress(lines, 100_000, "live.json"))
    shown = capsys.readouterr().err.split("\r")
    assert "reading live.json: 81 %" in shown
    assert "" == shown[-1]


def test_what_is_quick_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    assert [b"a", b"b"] == list(with_progress([b"a", b"b"], 2, "live.json"))
    assert "" == capsys.readouterr().err


def test_no_command_imports_another() -> None:
    for path in sorted(Path(output.__file__).parent.glob("*_command.py")):
        assert not re.search(r"policylint\.cli\.\w+_command", path.read_text(encoding="utf-8"))
