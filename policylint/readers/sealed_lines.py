"""The lines of a sealed file, taken one by one or many at once, and the hash of those before the seal."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SEAL = b'"seal": '
_LARGE = 1 << 16


class SealedLines:
    """Goes through a file once. `number` is the number of the line given last.

    Large pieces are hashed by a thread beside their reading.
    """

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._blocks = _whole_lines(pieces)
        self._block, self._at = b"", 0
        self._hash = hashlib.sha256()
        self._thread: threading.Thread | None = None
        self._sealed = False
        self.number = 0

    @property
    def sha256(self) -> str:
        """Return the hash of everything before the line that begins as the seal does, in lower-case hexadecimal."""
        self._wait()
        return self._hash.hexdigest()

    def next(self) -> bytes:
        """Return the next line with its end, empty after the last."""
        if self._at == len(self._block) and not self._fill():
            return b""
        end = self._block.find(b"\n", self._at) + 1 or len(self._block)
        line = self._block[self._at : end]
        if not self._sealed and line.startswith(_SEAL):
            self._add(self._block[: self._at])
            self._sealed = True
        self._at = end
        self.number += 1
        return line

    def ahead(self) -> bytes:
        """Return the lines that are at hand, empty after the last; `skip` takes them."""
        if self._at == len(self._block):
            self._fill()
        return self._block[self._at :] if self._at else self._block

    def skip(self, length: int, lines: int) -> None:
        """Take so many bytes of `ahead`, which are so many lines."""
        self._at += length
        self.number += lines

    def _fill(self) -> bool:
        if not self._sealed:
            self._add(self._block)
        self._block, self._at = next(self._blocks, b""), 0
        return bool(self._block)

    def _add(self, block: bytes) -> None:
        self._wait()
        if len(block) < _LARGE:
            self._hash.update(block)
        else:
            self._thread = threading.Thread(target=self._hash.update, args=(block,))
            self._thread.start()

    def _wait(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None


def _whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the pieces cut anew, at line ends."""
    rest: list[bytes] = []
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield b"".join((*rest, piece[:end])) if rest else piece[:end]
            rest = []
        if end < len(piece):
            rest.append(piece[end:])
    if rest:
        yield b"".join(rest)
