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
    """Return the groups of a pattern for each match in a block by name; a group that is not there is empty.

    None where something is left beside the matches. A match ends with a line, and may be of several where a group holds
    a line end.
    """
    parts, width = pattern.split(block), pattern.groups + 1
    if len(parts) == 1 or any(parts[::width]) or not _is_utf8(block):
        return None
    columns = {name: parts[group::width] for name, group in pattern.groupindex.items()}
    return {name: [each or b"" for each in column] if None in column else column for name, column in columns.items()}


def packed(column: Sequence[bytes]) -> str | None:
    """Return texts as JSON spells them as one text of a line each.

    None where one is spelled with an escape, or holds what JSON does not admit, such as a line end.
    """
    text = b"\n".join(column)
    if b"\\" in text or len(text.translate(None, _CONTROLS)) != len(text) or text.count(b"\n") >= len(column):
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
