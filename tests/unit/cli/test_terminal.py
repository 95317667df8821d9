"""What a terminal shows while a snapshot is read, and what commands know of each other."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from policylint.cli import output
from policylint.cli.progress import StatusLine
from policylint.cli.terminal import with_progress


class Screen:
    """A terminal that remembers what it showed, and what is left on it."""

    def __init__(self, columns: int = 80) -> None:
        self.columns = columns
        self.shown: list[str] = []
        self.line = ""

    def write(self, text: str) -> None:
        self.shown.append(text)
        for part in text.split("\r"):
            self.line = part + self.line[len(part) :] if text.startswith("\r") else self.line + part

    def status(self, quiet: float) -> StatusLine:
        return StatusLine(self.write, lambda: self.columns, quiet=quiet)

    def wait(self, words: str) -> None:
        """Wait until it shows some words."""
        begin = time.monotonic()
        while not any(words in text for text in self.shown):
            assert time.monotonic() < begin + 20, self.shown
            time.sleep(0.005)


def test_what_is_quick_is_silent() -> None:
    screen = Screen()
    status = screen.status(60)
    with status.running("lint"), status.hidden():
        pass
    assert [] == screen.shown


def test_what_takes_its_time_says_so_and_clears_up() -> None:
    screen = Screen()
    status = screen.status(0.01)
    with status.running("plan"):
        screen.wait("plan: 0 seconds")
        status.say("reading live.json, 45 %")
        screen.wait("plan: reading live.json, 45 %, 0 seconds")
        status.say("")
        with status.hidden():
            assert "" == screen.line.strip()
    assert "" == screen.line.strip()
    assert screen.shown[-1].endswith("\r")


def test_it_clears_up_when_it_is_interrupted() -> None:
    screen = Screen()

    def run() -> None:
        with screen.status(0.01).running("plan"):
            screen.wait("plan: ")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert "" == screen.line.strip()


def test_it_is_one_line_on_a_narrow_screen() -> None:
    screen = Screen(columns=10)
    status = screen.status(0.01)
    status.say("reading a/very/long/name.json, 3 %")
    with status.running("plan"):
        screen.wait("\rplan: rea")
    assert max(map(len, screen.shown)) <= 11


def test_nothing_is_shown_outside_of_a_run() -> None:
    screen = Screen()
    status = screen.status(0)
    status.say("reading")
    with status.hidden():
        pass
    assert [] == screen.shown


def test_the_pieces_of_a_file_are_passed_on() -> None:
    assert [b"a", b"b"] == list(with_progress([b"a", b"b"], 2, "live.json"))


def test_no_command_imports_another() -> None:
    for path in sorted(Path(output.__file__).parent.glob("*_command.py")):
        assert not re.search(r"policylint\.cli\.\w+_command", path.read_text(encoding="utf-8"))
