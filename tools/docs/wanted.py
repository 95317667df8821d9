"""What part of an output a page shows, and when the commands of pages run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

MOMENT: Final = datetime(2026, 11, 20, 9, tzinfo=UTC)
"""When the commands are run: three hours after the example's snapshot was taken."""


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


def selected(text: str, want: Wanted) -> str:
    """Return the part of an output that is asked for. Raises AssertionError where it is not there."""
    if want.about:
        head, *blocks = text.rstrip("\n").split("\n\n")
        kept = [any(words in _flat(block) for words in want.about) for block in blocks]
        for words in want.about:
            assert words in _flat(text), f"`{want.command}` does not print `{words}` any more"
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


def _flat(text: str) -> str:
    """Return a text without colors, as if no line of it were broken for a narrow screen."""
    return " ".join(_plain(text).split())


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
