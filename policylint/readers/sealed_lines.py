"""The lines of a sealed file, taken one by one or in blocks, and the hash of those before the seal."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from typing import TYPE_CHECKING

from policylint.readers.raw import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from queue import Queue

SEAL = b'"seal": '
"""How the line of the seal begins."""

LONGEST_LINE = 16 << 20
"""How many bytes a line has at most. The longest are those of mailboxes with many device IDs: this holds 300,000."""

_LARGE = 1 << 16
_BEHIND = 4


class SealedLines:
    """Goes through a file once. `number` is the number of the line taken last; past the end, of the line missing there.

    From the first large piece on, a thread hashes while the next ones are read, up to `close`.
    Raises SnapshotError where a line is too long.
    """

    def __init__(self, pieces: Iterable[bytes], path: str) -> None:
        self._blocks = _whole_lines(pieces, path)
        self._block, self._at, self._begin = b"", 0, 0
        self._put_back: deque[bytes] = deque()
        self._is_hashed = False
        self._hash = hashlib.sha256()
        self._hashing: _Hashing | None = None
        self._sealed = False
        self.number = 0

    @property
    def sha256(self) -> str:
        """Return the hash of everything before the line of the seal, in lower-case hexadecimal."""
        self.close()
        return self._hash.hexdigest()

    def next(self) -> bytes:
        """Return the next line with its end, empty after the last."""
        self.number += 1
        if self._at == len(self._block) and not self._fill():
            return b""
        end = self._block.find(b"\n", self._at) + 1 or len(self._block)
        line = self._block[self._at : end]
        if not self._sealed and line.startswith(SEAL):
            if not self._is_hashed:
                self._add(self._block[: self._at])
            self._sealed = True
        self._at = end
        return line

    def peek_block(self) -> bytes:
        """Return the lines that are in memory, empty after the last; `consume` takes them."""
        if self._at == len(self._block):
            self._fill()
        return self._block[self._at :] if self._at else self._block

    @property
    def offset(self) -> int:
        """Return how many bytes of the file have been taken."""
        return self._begin + self._at

    @property
    def is_at_block(self) -> bool:
        """Return whether no line of the block that `peek_block` returns has been taken."""
        return self._at in {0, len(self._block)}

    def consume(self, length: int, lines: int) -> None:
        """Take bytes of `peek_block`, which are a number of whole lines."""
        self._at += length
        self.number += lines

    def put_back(self, blocks: Sequence[bytes]) -> None:
        """Give back the blocks taken last, each of which was taken whole; their lines have not been counted.

        INVARIANT: none of them has the seal, which ends the file, and all but the last block are hashed already.
        """
        blocks = [*blocks, self._block] if self._block and not self._at else blocks
        self._put_back.extendleft(reversed(blocks))
        self._begin -= sum(map(len, blocks[:-1]))
        self._block, self._at, self._is_hashed = b"", 0, True

    def _fill(self) -> bool:
        if not self._sealed and not self._is_hashed:
            self._add(self._block)
        self._begin += len(self._block)
        self._is_hashed = len(self._put_back) > 1
        self._block, self._at = self._put_back.popleft() if self._put_back else next(self._blocks, b""), 0
        return bool(self._block)

    def _add(self, block: bytes) -> None:
        if self._hashing is None and len(block) >= _LARGE:
            self._hashing = _Hashing(self._hash.update)
        if self._hashing is not None:
            self._hashing.add(block)
        else:
            self._hash.update(block)

    def close(self) -> None:
        """Wait for what is hashed; nothing is left running."""
        if self._hashing is not None:
            self._hashing.close()
            self._hashing = None


class _Hashing:
    """A thread that hashes blocks one after the other, while the next ones are read; it is at most some behind."""

    def __init__(self, update: Callable[[bytes], object]) -> None:
        from queue import Queue  # only large files need it

        self._blocks: Queue[bytes] = Queue(_BEHIND)
        self._thread = threading.Thread(target=self._run, args=(update,), daemon=True)
        self._thread.start()

    def add(self, block: bytes) -> None:
        """Hash a block."""
        if block:
            self._blocks.put(block)

    def close(self) -> None:
        """Wait until all is hashed."""
        self._blocks.put(b"")
        self._thread.join()

    def _run(self, update: Callable[[bytes], object]) -> None:
        while block := self._blocks.get():
            update(block)


def _whole_lines(pieces: Iterable[bytes], path: str) -> Iterator[bytes]:
    """Yield the pieces, cut at line ends. No more than the longest line and a piece is in memory."""
    rest: list[bytes] = []
    length = 0
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if length + (piece.find(b"\n") if end else len(piece)) > LONGEST_LINE:
            raise refusal(path, f"it has a line of more than {LONGEST_LINE >> 20} MB, so it is no snapshot")
        if end:
            yield b"".join((*rest, piece[:end])) if rest else piece[:end]
            rest, length = [], 0
        if end < len(piece):
            rest.append(piece[end:])
            length += len(piece) - end
    if rest:
        yield b"".join(rest)
