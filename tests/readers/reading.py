"""Reads files in tests, in pieces of any size, up to what keeps the rest from being read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from policylint.readers.document import open_document
from policylint.readers.rows import Document, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.readers.rows import Loss, SourceRow, Value


class Reading(NamedTuple):
    """What a file gave: its document, the rows, and all losses, the one last that ended the reading."""

    document: Document
    rows: list[SourceRow]
    losses: list[Loss]

    @property
    def values(self) -> list[Mapping[str, Value]]:
        """Return the properties of the rows."""
        return [properties for _line, properties, _type in self.rows]

    @property
    def codes(self) -> list[str]:
        """Return the codes of the losses."""
        return [loss.code for loss in self.losses]


def read(content: bytes | str, size: int | None = None) -> Reading:
    """Return what a file gives that is read in pieces of a size."""
    content = content.encode() if isinstance(content, str) else content
    step = size or len(content) or 1
    pieces = [content[at : at + step] for at in range(0, len(content), step)]
    document = Document("")
    rows: list[SourceRow] = []
    try:
        document = open_document(pieces)
        rows.extend(document.rows)
    except Unreadable as problem:
        return Reading(document, rows, [*document.losses, problem.loss])
    return Reading(document, rows, document.losses)
