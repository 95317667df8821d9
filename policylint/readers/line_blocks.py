"""Blocks of lines of a sealed file, each line one JSON object: what they have in common is decoded once.

A line begins with what is of one object alone, and ends with what it has in common with others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

TAIL = "tail"
"""The group of a pattern for the end of a line, with its comma."""


def columns_of(pattern: re.Pattern[bytes], block: bytes) -> Mapping[str, Sequence[bytes]] | None:
    """Return the groups of a pattern for each line of a block by name, None where a line does not match.

    The pattern matches a line with its end, so as many matches as lines leave nothing between them.
    """
    found = pattern.findall(block)
    if not found or len(found) != block.count(b"\n") or not _is_utf8(block):
        return None
    return dict(zip(pattern.groupindex, zip(*found, strict=True), strict=True))


def packed(column: Sequence[bytes]) -> str | None:
    """Return texts as JSON spells them as one text of a line each, None where one is spelled with an escape."""
    text = b"\n".join(column)
    if b"\\" in text or len(text.translate(None, _CONTROLS)) != len(text):
        return None
    return text.decode()


def end_of_rows(block: bytes) -> int:
    """Return where the lines of a section end in a block of whole lines that begins in it."""
    if block.startswith(b"]"):
        return 0
    return block.find(b"\n]") + 1 or len(block)


class Commas:
    """Looks whether the lines of a block but the last one end with a comma, by their ends."""

    def __init__(self) -> None:
        self._without: set[bytes] = set()

    def are_between(self, tails: Sequence[bytes], new: Sequence[bytes]) -> bool:
        """Return whether there is a comma after each but the last; `new` are those that were not among earlier ones."""
        self._without.update(tail for tail in new if not tail.endswith(b","))
        return not self._without or self._without.isdisjoint(tails[:-1])


_CONTROLS = bytes(each for each in range(32) if each != ord("\n"))


def _is_utf8(block: bytes) -> bool:
    if block.isascii():
        return True
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True
