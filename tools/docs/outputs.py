"""What policylint prints on the shipped example, for the pages that show it.

A page shows an output under a comment such as `<!-- output: policylint plan -->`. After the command may stand, each
behind a semicolon: `about "TEXT"` (the first paragraph and those with the text), `from "TEXT"` and `to "TEXT"` (the
lines between two), `exit N` (the exit code, 0 where it is not said) and `scene NAME` (a folder of tests/docs/scenes
laid over the example). Under `<!-- program -->` stand a Python program and what it prints.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from tests.in_process import hermetic, invoke
from tools import EXAMPLE, ROOT
from tools.docs.wanted import MOMENT, Wanted, selected, wanted

STAMP: Final = str(int(MOMENT.timestamp()))
SCENES: Final = ROOT / "tests" / "docs" / "scenes"
MARKER: Final = re.compile(
    r"^<!-- output: (?P<spec>[^\n]+?) -->\n(?:```(?P<language>[a-z]*)\n.*?^```\n)?", re.MULTILINE | re.DOTALL
)

PROGRAM: Final = re.compile(
    r"(?P<head>^<!-- program -->\n```python\n(?P<code>.*?)^```\n\n```text\n)(?P<printed>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@cache
def printed(want: Wanted) -> str:
    """Return what the command prints, the part asked for. Raises AssertionError where it is not as it should be."""
    text, code = run(want.command, scene=want.scene)
    assert code == want.exit, f"`{want.command}` ends with {code}, not {want.exit}:\n{text}"
    return selected(text, want)


def on_a_terminal(want: Wanted, columns: int) -> str:
    """Return what a terminal shows of the command, the part asked for, with the codes of colors."""
    text, _ = run(want.command, scene=want.scene, columns=columns)
    return selected(text, want)


@cache
def run(command: str, *, scene: str = "", columns: int = 0) -> tuple[str, int]:
    """Return what a line of policylint commands prints, and its exit code; nothing stays behind.

    With `columns`, it is what a terminal of this width gets, in color.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "contoso"
        shutil.copytree(EXAMPLE, place)
        if scene:
            shutil.copytree(SCENES / scene, place, dirs_exist_ok=True)
        printed, code = "", 0
        for part in command.split(" && "):
            words = shlex.split(part)
            assert words[0] == "policylint", part
            environment = hermetic(place, SOURCE_DATE_EPOCH=STAMP)
            done = invoke(words[1:], place, environment, joined=not columns, columns=columns)
            printed, code = printed + done.out.decode(), done.code
            if code:
                break
        return printed, code


def environment() -> dict[str, str]:
    """Return the environment in which programs run for a page: at a fixed moment, in this checkout."""
    return hermetic(ROOT, SOURCE_DATE_EPOCH=STAMP, PYTHONPATH=str(ROOT), PYTHONIOENCODING="utf-8")


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
