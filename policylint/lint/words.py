"""Values and counts as messages show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policylint.model.entity import Value

LONGEST = 80
"""How many characters of a value a message shows."""


def show(value: Value) -> str:
    """Return a setting as it is written in YAML, on one line and not too long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, tuple):
        return f"[{', '.join(show(item) for item in value)}]"
    text = str(value)
    line = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def quoted(value: Value) -> str:
    """Return a setting in backticks, as input of the user stands in a message."""
    return f"`{show(value)}`"


def listed(words: Iterable[str], most: int = 5) -> str:
    """Return words with commas, an `and` before the last, and the number of those beyond `most`."""
    known: Sequence[str] = tuple(words)
    if len(known) > most:
        return f"{', '.join(known[:most])} and {len(known) - most} more"
    if len(known) < 2:
        return "".join(known)
    return f"{', '.join(known[:-1])} and {known[-1]}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 device`, `12 devices`, `1 mailbox`, `3 mailboxes`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}{'es' if noun.endswith('x') else 's'}"
