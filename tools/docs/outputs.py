"""What policylint prints on the shipped example, for the pages that show it.

A page shows an output under a comment such as `<!-- output: policylint plan -->`. After the command may stand, each
behind a semicolon: `about "TEXT"` (the first paragraph and those with the text), `from "TEXT"` and `to "TEXT"` (the
lines between two), `exit N` (the exit code, 0 where it is not said) and `scene NAME` (a folder of tests/docs/scenes
laid over the example). Under `<!-- program -->` stand a Python program and what it prints.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from tools import EXAMPLE, ROOT

SCENES: Final = ROOT / "tests" / "docs" / "scenes"
MOMENT: Final = datetime(2026, 11, 20, 9, tzinfo=UTC)
"""When the commands are run: three hours after the example's snapshot was taken."""

MARKER: Final = re.compile(
    r"^<!-- output: (?P<spec>[^\n]+?) -->\n(?:```(?P<language>[a-z]*)\n.*?^```\n)?", re.MULTILINE | re.DOTALL
)

PROGRAM: Final = re.compile(
    r"(?P<head>^<!-- program -->\n```python\n(?P<code>.*?)^```\n\n```text\n)(?P<printed>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A command, the part of its output that is shown, and how it must end."""

    command: str
    about: tuple[str, ...] = ()
    begin: str = ""
    end: str = ""
    exit: int = 0
    scene: str = ""


def wanted(spec: str) -> Wanted:
    """Return what the text of a marker asks for."""
    command, *options = re.split(r"; (?=about |from |to |exit |scene )", spec)
    about: list[str] = []
    found: dict[str, str] = {}
    for option in options:
        word, _, value = option.partition(" ")
        value = value.strip().strip('"')
        if word == "about":
            about.append(value)
        else:
            found[word] = value
    return Wanted(
        command=command.strip(),
        about=tuple(about),
        begin=found.get("from", ""),
        end=found.get("to", ""),
        exit=int(found.get("exit", "0")),
        scene=found.get("scene", ""),
    )


@cache
def printed(want: Wanted, *, color: bool = False) -> str:
    """Return what the command prints, the part asked for. Raises AssertionError where it is not as it should be."""
    text, code = run(want.command, scene=want.scene, color=color)
    assert code == want.exit, f"`{want.command}` ends with {code}, not {want.exit}:\n{text}"
    return _selected(text, want)


@cache
def run(command: str, *, scene: str = "", color: bool = False) -> tuple[str, int]:
    """Return what a line of policylint commands prints to a terminal, and its exit code; nothing stays behind."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "contoso"
        shutil.copytree(EXAMPLE, place)
        if scene:
            shutil.copytree(SCENES / scene, place, dirs_exist_ok=True)
        printed, code = "", 0
        for part in command.split(" && "):
            words = shlex.split(part)
            assert words[0] == "policylint", part
            arguments = [*words[1:], *(["--color", "always"] if color else [])]
            done = subprocess.run(
                [sys.executable, "-m", "policylint", *arguments],
                cwd=place,
                env=environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
                encoding="utf-8",
            )
            printed, code = printed + done.stdout, done.returncode
            if code:
                break
        return printed, code


def environment() -> dict[str, str]:
    """Return the environment in which programs run for a page: at a fixed moment, in this checkout."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    return inherited | {
        "SOURCE_DATE_EPOCH": str(int(MOMENT.timestamp())),
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
    }


def _selected(text: str, want: Wanted) -> str:
    if want.about:
        head, *blocks = text.rstrip("\n").split("\n\n")
        kept = [any(_plain(block).find(words) >= 0 for words in want.about) for block in blocks]
        for words in want.about:
            assert words in _plain(text), f"`{want.command}` does not print `{words}` any more"
        parts = [head]
        for block, keep in zip(blocks, kept, strict=True):
            if keep:
                parts.append(block)
            elif parts[-1] != "...":
                parts.append("...")
        return "\n\n".join(parts) + "\n"
    lines = text.splitlines()
    first = _find(lines, want.begin, 0, want) if want.begin else 0
    last = _find(lines, want.end, first, want) if want.end else len(lines) - 1
    shown = lines[first : last + 1]
    return "".join(
        f"{line}\n" for line in [*(["..."] if first else []), *shown, *(["..."] if last < len(lines) - 1 else [])]
    )


def _find(lines: list[str], words: str, start: int, want: Wanted) -> int:
    for number in range(start, len(lines)):
        if words in _plain(lines[number]):
            return number
    raise AssertionError(f"`{want.command}` does not print `{words}` any more")


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def filled(text: str) -> str:
    """Return a page with the outputs that its markers ask for."""

    def fill(match: re.Match[str]) -> str:
        want = wanted(match["spec"])
        head = f"<!-- output: {match['spec']} -->\n"
        shown = printed(want).rstrip("\n")
        if match["language"] and match["language"] != "console":
            return f"{head}```{match['language']}\n{shown}\n```\n"
        return f"{head}```console\n$ {want.command}\n{shown}\n```\n"

    return PROGRAM.sub(lambda match: f"{match['head']}{program(match['code'])}```", MARKER.sub(fill, text))


def program(code: str) -> str:
    """Return what a Python program prints that runs in the root of the checkout."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout
