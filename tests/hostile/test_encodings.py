"""What commands print does not depend on the encoding that Python takes for a redirected stream, as on Windows."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.hostile.runs import Case, Printed, invoke
from tests.hostile.world import NOW
from tests.thorough import THOROUGH

if TYPE_CHECKING:
    from pathlib import Path

ENCODINGS = ("cp1252", "cp437", "ascii")


def test_every_output_is_the_same_bytes(repositories: dict[str, Path], printed: dict[Case, Printed]) -> None:
    """Usually of the first run of each command in each format; of every run in the thorough profile."""
    differ, met = [], set[tuple[str, str, bool]]()
    for number, (case, expected) in enumerate(printed.items()):
        encoding = ENCODINGS[number % len(ENCODINGS)]
        kind = case.command, case.format, case.color
        if kind in met and not THOROUGH:
            continue
        met.add(kind)
        if expected != invoke(case, repositories[case.repository], encoding):
            differ.append((encoding, case.id))
    assert [] == differ


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "arguments", [("plan", "--format", "json"), ("simulate", "--format", "csv"), ("test",)], ids=" ".join
)
def test_a_process_of_its_own(repositories: dict[str, Path], arguments: tuple[str, ...], encoding: str) -> None:
    ours, windows = (_process(repositories["valid"], arguments, name) for name in ("utf-8", encoding))
    assert ours == windows
    assert ours.decode("utf-8").strip()


def _process(folder: Path, arguments: tuple[str, ...], encoding: str) -> bytes:
    environment = {
        **os.environ,
        "PYTHONIOENCODING": encoding,
        "PYTHONUTF8": "0",
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": NOW,
    }
    command = [sys.executable, "-m", "policylint", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr
    return done.stdout


def test_a_table_for_excel(repositories: dict[str, Path], printed: dict[Case, Printed]) -> None:
    """Excel takes a file for UTF-8 by its byte order mark; what reads standard output would take it for a letter."""
    written = [output.written for case, output in printed.items() if case.format == "csv" and output.written]
    piped = [output.out for case, output in printed.items() if case.format == "csv" and output.out]
    assert written
    assert all(content.startswith((b"\xef\xbb\xbfmailbox,", b"\xef\xbb\xbfname,")) for content in written)
    assert not any(content.startswith(b"\xef\xbb\xbf") for content in piped)
    assert any("\u0159\u00e9".encode() in content for content in (*written, *piped))
