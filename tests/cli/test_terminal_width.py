"""What people read fits their screen; what goes into a file or a pipe is not broken for one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from policylint.render.style import cells
from tests.cli.conftest import CLEAN
from tests.requirements import POSIX

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

pty = pytest.importorskip("pty", reason=POSIX.reason)
CLOCK = {"SOURCE_DATE_EPOCH": "1795435200"}

COMMANDS = [
    ["lint"],
    ["test"],
    ["simulate"],
    ["simulate", "--full"],
    ["simulate", "--explain-mismatch"],
    ["simulate", "--by", "rule"],
    ["why", "SEC0438184C9BE2A"],
    ["why", "--mailbox", "john.doe@contoso.com"],
    ["show", "mailbox", "john.doe@contoso.com"],
    ["show", "rules"],
    ["diff", "live"],
    ["diff", "live", "--full"],
    ["minimize"],
    ["triage"],
    ["report", "exemptions"],
    ["mine", "--format", "text"],
    ["plan"],
    ["rules"],
    ["explain", "--list"],
    ["schema", "--list"],
    ["lint", "--show-config"],
]


def on_a_terminal(folder: Folder, width: int, *arguments: str) -> str:
    """Return what policylint prints on a terminal of a width."""
    import fcntl
    import struct
    import termios

    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    command = [sys.executable, "-m", "policylint", *arguments]
    environment = CLEAN | CLOCK | {"TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen(
        command, cwd=folder.path, env=environment, stdin=subprocess.DEVNULL, stdout=child, stderr=subprocess.PIPE
    ) as process:
        os.close(child)
        parts = []
        while True:
            try:
                part = os.read(parent, 1 << 16)
            except OSError:  # Linux says so at the end
                break
            if not part:
                break
            parts.append(part)
        os.close(parent)
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    return b"".join(parts).decode().replace("\r\n", "\n")


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_every_text_fits_sixty_columns(example: Folder, arguments: list[str]) -> None:
    seen = on_a_terminal(example, 60, *arguments)
    assert seen
    wide = [line for line in seen.splitlines() if cells(line) > 60]
    assert [] == [line for line in wide if not line.strip().startswith("policylint ")], (
        "only a command may, to be copied"
    )


def test_no_word_of_a_table_is_broken_on_a_narrow_screen(example: Folder) -> None:
    seen = on_a_terminal(example, 60, "report", "exemptions")
    assert "\n  Outlook for iOS and Android (DeviceModel)\n    Allow rule\n" in seen
    assert "\n  miriam.okafor@contoso.com\n" in seen


@pytest.mark.parametrize(
    "arguments", [["export-script"], ["schema"], ["apply-script"], ["simulate", "--format", "json"]]
)
def test_what_goes_on_to_a_program_is_not_broken(example: Folder, arguments: list[str]) -> None:
    assert example.run(*arguments, **CLOCK).stdout == on_a_terminal(example, 60, *arguments)


@pytest.mark.parametrize("arguments", [["lint"], ["plan"], ["rules"]], ids=" ".join)
def test_files_and_pipes_have_no_width(example: Folder, arguments: list[str]) -> None:
    wide = example.run(*arguments, **CLOCK).stdout
    assert wide == example.run(*arguments, **CLOCK, COLUMNS="40").stdout
    assert max(map(cells, wide.splitlines())) > 100


@pytest.mark.parametrize("arguments", [["test"], ["plan"], ["simulate"]], ids=" ".join)
def test_a_narrow_screen_loses_no_word(example: Folder, arguments: list[str]) -> None:
    narrow, wide = (on_a_terminal(example, width, *arguments) for width in (60, 2000))
    words = {word for word in wide.split() if word.isalpha() and len(word) < 9}
    assert not words - set(narrow.split())
