"""The marks of what is said of many devices, as the page has them: characters that no other text holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import clean

if TYPE_CHECKING:
    from policylint.analysis.help_desk import Marks

SIGNS = tuple(map(chr, range(1, 9)))
"""The characters in the place of the marks, in their order; `clean` leaves none of them in a text."""


class Marked:
    """Makes texts ready for the page."""

    def __init__(self, marks: Marks) -> None:
        self._signs = tuple(zip(marks, SIGNS, strict=True))

    def short(self, text: str) -> str:
        """Return a text that is clean, with a character for each mark."""
        text = clean(text)
        for mark, sign in self._signs:
            if mark in text:
                text = text.replace(mark, sign)
        return text
