"""People in texts that go to others than who runs the command, and the same texts without them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN = "(not shown)"
"""What stands where somebody was named."""

_BETWEEN = ",;:'\"`<>()[]"
_LETTER = rf"[^\s@{re.escape(_BETWEEN)}]"
_ADDRESS = regex(rf"(?<!{_LETTER})([+-]?){_LETTER}+@{_LETTER}+")
_WORD = regex(r"[^\W_]+")
"""What is between two signs that are no letters and no digits: a name begins and ends with such words."""
_SHORTEST = 3
"""Of how many characters a name is at least that is found in a text: a shorter one may be any word."""


class NameMask:
    """Takes people out of texts: what has the form of an address, and the names that are given."""

    def __init__(self, names: Iterable[str], *, shown: bool = False) -> None:
        self.shown = shown
        self._names: set[str] = set()
        self._most: dict[str, int] = {}
        for name, words in () if shown else _names(names):
            self._names.add(name)
            first = words[0]
            self._most[first] = max(self._most.get(first, 0), len(words))

    @property
    def has_names(self) -> bool:
        """Return whether there are names to take out; not where they are shown."""
        return bool(self._names)

    def hide(self, text: str) -> str:
        """Return a text without mailboxes and device IDs; as it is where they are shown."""
        if self.shown or not text:
            return text
        return _ADDRESS.sub(rf"\1{HIDDEN}", "".join(self._without_names(text)))

    def _without_names(self, text: str) -> Iterator[str]:
        """Yield the pieces of a text, the names in it replaced; the longest name first."""
        words = [found.span() for found in _WORD.finditer(text)]
        done = first = 0
        while first < len(words):
            start, end = words[first]
            most = self._most.get(fold(text[start:end]), 0)
            for last in range(min(first + most, len(words)) - 1, first - 1, -1):
                if fold(text[start : words[last][1]]) in self._names:
                    yield text[done:start] + HIDDEN
                    done, first = words[last][1], last
                    break
            first += 1
        yield text[done:]


def _names(names: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield mailboxes and device IDs, folded, from their first word to their last, with these words."""
    for name in names:
        spans = [found.span() for found in _WORD.finditer(name)]
        if spans and spans[-1][1] - spans[0][0] >= _SHORTEST:
            yield fold(name[spans[0][0] : spans[-1][1]]), [fold(name[start:end]) for start, end in spans]
