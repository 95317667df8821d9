"""The bytes of a file to UTF-8: from UTF-8 or UTF-16, whose byte order mark says so. A code page is never guessed."""

from __future__ import annotations

import codecs
from itertools import chain
from typing import TYPE_CHECKING

from policylint.readers.rows import Loss, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policylint.readers.rows import Document

LONGEST_LINE = 16 << 20
"""How many bytes a line of a text has at most."""

COUNTED = 64 << 20
"""Up to which byte lines are counted here: what is wrong beyond has no line."""

MARK = "\ufeff"
"""A byte order mark as a character: within a text, it is where another file begins that was put after the first."""

_UTF_8, _UTF_16_LE, _UTF_16_BE = "utf-8", "utf-16-le", "utf-16-be"
_MARKS = ((codecs.BOM_UTF8, _UTF_8), (codecs.BOM_UTF16_LE, _UTF_16_LE), (codecs.BOM_UTF16_BE, _UTF_16_BE))
_UTF_32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_LONGEST_MARK = 4
_DECODERS: dict[str, Callable[[bytes, str, bool], tuple[str, int]]] = {
    _UTF_8: codecs.utf_8_decode,
    _UTF_16_LE: codecs.utf_16_le_decode,
    _UTF_16_BE: codecs.utf_16_be_decode,
}


def to_utf8(pieces: Iterable[bytes], document: Document) -> Iterator[bytes]:
    """Yield what a file holds as UTF-8 without a byte order mark, in pieces that end where a character ends.

    Notes in the document what its encoding is, and whether a character is beyond ASCII. Raises Unreadable where a byte
    is no part of a character.
    """
    head, pieces = first_bytes(pieces, _LONGEST_MARK)
    if head.startswith(_UTF_32_MARKS):
        raise Unreadable(Loss("not-utf8", "it is UTF-32, which is not read", line=1, offset=0))
    mark, document.encoding = next((found for found in _MARKS if head.startswith(found[0])), (b"", _UTF_8))
    if not mark and b"\0" in head[:_LONGEST_MARK]:
        message = "it has a NUL byte at its start, as UTF-16 has that is without a byte order mark"
        raise Unreadable(Loss("not-utf8", message, line=1, offset=head.find(b"\0")))
    return _decode(pieces, document, len(mark))


def first_bytes(pieces: Iterable[bytes], least: int) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes, so many at least as far as there are, and an iterator over all pieces."""
    remaining = iter(pieces)
    taken = b""
    for piece in remaining:
        taken += piece
        if len(taken) >= least:
            break
    return taken, chain((taken,), remaining)


def text_lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of UTF-8 pieces with their ends, which are a line feed, a carriage return, or both."""
    rest: list[bytes] = []
    length = 0
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if length + (piece.find(b"\n") if end else len(piece)) > LONGEST_LINE:
            raise Unreadable(Loss("damaged", f"a line has more than {LONGEST_LINE >> 20} MB"))
        if end:
            block = b"".join((*rest, piece[:end])) if rest else piece[:end]
            yield from map(bytes.decode, block.splitlines(keepends=True))
            rest, length = [], 0
        if end < len(piece):
            rest.append(piece[end:])
            length += len(piece) - end
    yield from map(bytes.decode, b"".join(rest).splitlines(keepends=True))


def _decode(pieces: Iterator[bytes], document: Document, skipped: int) -> Iterator[bytes]:
    encoding = document.encoding
    offset, rest = skipped, b""
    line: int | None = 1
    for piece in chain((next(pieces)[skipped:],), pieces, (None,)):
        block = rest + piece if piece else rest
        whole, length, problem = _decodable(block, encoding, is_last=piece is None)
        rest = block[length:]
        before, nul, _after = whole.partition(b"\0")
        offset += length
        if line is not None:
            line = line + before.count(b"\n") if offset <= COUNTED else None
        document.is_ascii = document.is_ascii and before.isascii()
        if before:
            yield before
        if nul:
            raise Unreadable(Loss("damaged", "a NUL character, which no text has", line))
        if problem is not None:
            raise Unreadable(_not_text(problem, encoding, offset, line)) from problem


def _decodable(block: bytes, encoding: str, *, is_last: bool) -> tuple[bytes, int, UnicodeDecodeError | None]:
    """Return the whole characters that a block begins with, how many bytes they take, and what keeps others from it."""
    if encoding == _UTF_8 and block.isascii():
        return block, len(block), None
    try:
        text, length = _DECODERS[encoding](block, "strict", is_last)
    except UnicodeDecodeError as problem:
        return _decodable(block[: problem.start], encoding, is_last=True)[0], problem.start, problem
    return block[:length] if encoding == _UTF_8 else text.encode(), length, None


def _not_text(problem: UnicodeDecodeError, encoding: str, offset: int, line: int | None) -> Loss:
    """Return what keeps the bytes at an offset, which is on a line, if that is known, from being a character."""
    if encoding == _UTF_8:
        message = f"byte 0x{problem.object[problem.start]:02X} at offset {offset:,} is not UTF-8"
        return Loss("not-utf8", message, line, offset=offset)
    if problem.end >= len(problem.object) and problem.reason.endswith("data"):
        return Loss("cut-file", "it ends in the middle of a character of UTF-16", line, offset=offset)
    return Loss("damaged", f"half of a surrogate pair at offset {offset:,} of UTF-16", line, offset=offset)
