"""Changes to a text as values: what replaces what, and the fix that a finding offers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.source import Span


class TextEdit(NamedTuple):
    """A range of a source and the text that replaces it: an empty range inserts, an empty text deletes."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A way to resolve a finding: edits that belong together, in one file or several.

    A `safe` fix may be applied without asking: it does not change which devices have access.
    """

    title: str
    edits: tuple[TextEdit, ...]
    safe: bool = False


class OverlapError(ValueError):
    """Two edits change the same characters."""

    def __init__(self, first: TextEdit, second: TextEdit) -> None:
        super().__init__(f"edits overlap at {first.span} and {second.span}")
        self.first = first
        self.second = second


def splice(text: str, edits: Iterable[TextEdit]) -> str:
    """Return a text with edits of one source applied; those that insert at the same offset keep their order.

    Raises OverlapError where two edits change the same characters, or one inserts inside what another replaces.
    """
    parts: list[str] = []
    end = 0
    for edit in in_order(edits):
        parts += text[end : edit.span.start], edit.text
        end = edit.span.end
    return "".join(parts) + text[end:]


def in_order(edits: Iterable[TextEdit]) -> list[TextEdit]:
    """Return the edits of one source from its beginning to its end. Raises OverlapError where two overlap."""
    ordered = sorted(edits, key=lambda edit: (edit.span.start, edit.span.end))
    for first, second in pairwise(ordered):
        if second.span.start < first.span.end:
            raise OverlapError(first, second)
    return ordered
