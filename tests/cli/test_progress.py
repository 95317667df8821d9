"""A command that takes its time says so on a terminal, and only there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import CLEAN
from tests.requirements import POSIX

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

pty = pytest.importorskip("pty", reason=POSIX.reason)


def test_a_slow_command_on_a_terminal(example: Folder) -> None:
    """Standard input that takes its time stands for work; what is said is gone before the output begins."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "policylint", "plan", "--snapshot", "-"]
    with subprocess.Popen(
        command,
        cwd=example.path,
        env=CLEAN | {"TERM": "xterm", "COLUMNS": "80"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=child,
    ) as process:
        os.close(child)
        seen = ""
        begin = time.monotonic()
        while "plan: reading live state, 1 second" not in seen:
            assert time.monotonic() < begin + 30, seen
            seen += os.read(parent, 1 << 16).decode()
        out, _ = process.communicate((example.path / "live.json").read_bytes())
    rest = os.read(parent, 1 << 16).decode()
    os.close(parent)
    assert (seen + rest).endswith("\r")
    assert b"plan: " not in out
    assert b"steps" in out


def test_a_pipe_shows_none(example: Folder) -> None:
    command = [sys.executable, "-m", "policylint", "plan", "--snapshot", "-"]
    with subprocess.Popen(
        command, cwd=example.path, env=CLEAN, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        time.sleep(2)
        _, errors = process.communicate((example.path / "live.json").read_bytes())
    assert b"" == errors
