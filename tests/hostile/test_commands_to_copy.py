"""A command that is offered for copying is that command in bash and in PowerShell, whatever a policy holds."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.errors import UsageError
from policylint.escape import command_line, shell_word
from policylint.plan.make import lift
from policylint.plan.refusal import Refusal
from policylint.render.plan.text import proceed_anyway
from tests.hostile.world import ALL
from tests.requirements import PWSH

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.runs import Case, Printed

REFUSALS = {name: Refusal("unknown-mailbox", "is not live", f"unknown-mailbox={text}") for name, text in ALL.items()}
PLAIN = (
    "john.doe@contoso.com",
    "max-newly-denied=7",
    "protect=*@contoso.com",
    "a b",
    "DOMAIN\\user",
    "$HOME",
    "%PATH%",
)
ECHO = "import json, sys; print(json.dumps(sys.argv[1:]))"


def offered() -> list[str]:
    """Return what is offered to lift each of the refusals."""
    lines = [proceed_anyway(refusal, "policylint plan ") for refusal in REFUSALS.values()]
    return [line.split(": ", 1)[1] for line in lines]


def expected() -> list[list[str]]:
    """Return the arguments that each of them has to be."""
    words = [
        refusal.acknowledge if shell_word(refusal.acknowledge or "") else refusal.code for refusal in REFUSALS.values()
    ]
    return [["plan", "--acknowledge", str(word), "--reason", "..."] for word in words]


def run_by(shell: list[str], lines: list[str], folder: Path) -> list[list[str]]:
    """Return the arguments that a shell gives to the program of each line; nothing else may come of it."""
    done = subprocess.run(
        [*shell, "\n".join(lines)], cwd=folder, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert ("", 0) == (done.stderr, done.returncode)
    assert [] == list(folder.iterdir())
    return [json.loads(line) for line in done.stdout.splitlines()]


def in_shell(line: str) -> str:
    """Return a line with a program in the place of policylint that prints its arguments."""
    assert line.startswith("policylint ")
    return f'python3 -c "{ECHO}" {line.removeprefix("policylint ")}'


def test_bash(tmp_path: Path) -> None:
    assert expected() == run_by(["bash", "-c"], [in_shell(line) for line in offered()], tmp_path)


@PWSH.needed
def test_powershell(tmp_path: Path) -> None:
    assert expected() == run_by(["pwsh", "-NoProfile", "-Command"], [in_shell(line) for line in offered()], tmp_path)


def test_what_people_write_is_offered_as_it_is(tmp_path: Path) -> None:
    lines = [command_line("policylint why", text, mailbox=text) for text in PLAIN]
    assert [["why", text, "--mailbox", text] for text in PLAIN] == run_by(
        ["bash", "-c"], [in_shell(str(line)) for line in lines], tmp_path
    )


@pytest.mark.parametrize(
    "text", ["", "-x", "--help", "a\\", "it's", 'a"b', "a\nb", "\x1b[31m", "x" * 300, "##[error]x"]
)
def test_what_no_shell_carries_is_not_offered(text: str) -> None:
    assert shell_word(text) is None
    assert command_line("policylint why", text) is None


@given(st.text())
def test_a_word_is_one_line_that_says_what_it_is(text: str) -> None:
    word = shell_word(text)
    if word is not None:
        assert text == word.removeprefix("'").removesuffix("'")
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/+=:@-]*|'[^'\u2018-\u201b\n\r]+'", word)


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_either_form_lifts_the_refusal_and_no_other(refusal: Refusal) -> None:
    other = Refusal("unknown-mailbox", "is not live", "unknown-mailbox=jane.roe@contoso.com")
    for text in (str(refusal.acknowledge), refusal.code):
        left, lifted = lift([refusal, other], [text], "agreed")
        assert ((other,), ((refusal, "agreed"),)) == (left, lifted)
    with pytest.raises(UsageError, match="nothing to acknowledge"):
        lift([other], [refusal.code], "agreed")


def test_what_nothing_lifts_has_no_code() -> None:
    refusal = Refusal("redacted-snapshot", "is redacted", None)
    with pytest.raises(UsageError, match="nothing to acknowledge"):
        lift([refusal], [refusal.code], "agreed")


def test_no_text_is_offered_in_double_quotes(printed: dict[Case, Printed]) -> None:
    """All that is offered is there, and the only double quotes are ours."""
    lines = [
        line
        for case, output in printed.items()
        if case.format in {"text", "ps1"} and not case.color
        for line in (output.out + output.err).decode().splitlines()
        if "to proceed anyway" in line
    ]
    assert len(lines) > 20
    assert all(line.endswith(' --reason "..."') and line.count('"') == 2 for line in lines)
