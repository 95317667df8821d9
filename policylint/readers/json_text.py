"""The text of a JSON file, of which a part is in memory: where its values begin and end, and on which line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.readers.rows import Loss, Unreadable
from policylint.regex import regex
from policylint.strict_json import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 16 << 20
"""How many bytes a value has at most that is not a list of objects."""

END = -1
"""What there is instead of a byte at the end of the text."""

_LEAST = 1 << 12
_QUOTE = ord('"')
_BLANKS = regex(rb"[ \t\r\n]*+")
_STRING = regex(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_WORD = regex(rb'[^ \t\r\n"{}\[\],:]*+')
_BRACKET = regex(
    rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]]?)',
    re.DOTALL,
)


class JsonText:
    """Goes through UTF-8 pieces once. `window` is what is in memory, `at` the place in it of the next byte.

    `line` and `column` are those of the next byte, from 1, the column in characters. `ended` says whether the window
    holds all that is left.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.window, self.at = b"", 0
        self.line = self.column = 1
        self.ended = False
        self._before = 0

    @property
    def offset(self) -> int:
        """Return how many bytes are before the next one."""
        return self._before + self.at

    def fill(self, size: int) -> bool:
        """Return whether a number of bytes are left, and have them in the window."""
        left = len(self.window) - self.at
        if left >= size or self.ended:
            return left >= size
        self._before += self.at
        parts = [self.window[self.at :]]
        for piece in self._pieces:
            parts.append(piece)
            left += len(piece)
            if left >= size:
                break
        else:
            self.ended = True
        self.window, self.at = b"".join(parts), 0
        return left >= size

    def peek(self) -> int:
        """Go to the next byte that is no blank and return it, END where there is none."""
        while True:
            match = _BLANKS.match(self.window, self.at)
            if match is not None and match.end() > self.at:
                self.skip(match.end())
            if self.at < len(self.window):
                return self.window[self.at]
            if not self.fill(1):
                return END

    def skip(self, end: int, lines: int | None = None) -> None:
        """Go to a place in the window. `lines` is how many line feeds are before it, where that is known."""
        passed = self.window[self.at : end]
        lines = passed.count(b"\n") if lines is None else lines
        if lines:
            self.line += lines
            self.column = 1
            passed = passed[passed.rfind(b"\n") + 1 :]
        self.column += len(passed) if passed.isascii() else len(passed.decode())
        self.at = end

    def place(self, at: int) -> tuple[int, int]:
        """Return the line and the column of a place in the window that is not before the next byte."""
        passed = self.window[self.at : at]
        last = passed.rfind(b"\n") + 1
        column = len(passed[last:].decode(errors="ignore"))
        return self.line + passed.count(b"\n"), column + (1 if last else self.column)

    def find_end(self, most: int = LARGEST) -> int | None:
        """Return where in the window the value ends that begins at the next byte.

        Returns None where the text ends before, or the value has more than a number of bytes. Raises Unreadable where
        it is too deep.
        """
        first = self.window[self.at]
        if first in b"{[":
            return self._find_close(most)
        pattern = _STRING if first == _QUOTE else _WORD
        while True:
            match = pattern.match(self.window, self.at)
            if match is not None and (first == _QUOTE or self.ended or match.end() < len(self.window)):
                return match.end()
            if not self._more(most):
                return None if first == _QUOTE else len(self.window)

    def _find_close(self, most: int) -> int | None:
        """Return where the list or the object ends that begins at the next byte, by its brackets alone."""
        length = depth = 0
        while length <= most:
            match = _BRACKET.match(self.window, self.at + length)
            if match is None or not match[1]:
                length = match.end() - self.at if match is not None else length
                if not self._more(most):
                    return None
                continue
            length = match.end() - self.at
            depth += 1 if match[1] in b"{[" else -1
            if depth > DEEPEST:
                line, column = self.place(match.end() - 1)
                raise Unreadable(
                    Loss("damaged", f"lists and objects in one another, over {DEEPEST} levels", line, column)
                )
            if not depth:
                return match.end() if length <= most else None
        return None

    def _more(self, most: int) -> bool:
        """Return whether more of a value of at most a number of bytes has come into the window."""
        have = len(self.window) - self.at
        if have > most or self.ended:
            return False
        self.fill(max(2 * have, _LEAST))
        return len(self.window) - self.at > have
