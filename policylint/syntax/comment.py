"""The locations of the comments of a text."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from policylint.regex import regex
from policylint.syntax.node import Node, ScalarNode, SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.source import Source

_COMMENT = regex(r"#[^\r\n]*")


def comments(source: Source, root: Node | None) -> Iterator[tuple[int, int]]:
    """Yield the offsets of each comment, in the order written; a `#` inside a key or a value begins none."""
    if "#" not in source.text:
        return
    texts = sorted(_texts(root)) if root is not None else []
    starts = [start for start, _ in texts]
    place = 0
    while (match := _COMMENT.search(source.text, place)) is not None:
        start, place = match.span()
        index = bisect_right(starts, start) - 1
        if index >= 0 and _holds(source, *texts[index], start):
            place = texts[index][1]
        else:
            yield start, place


def _texts(root: Node) -> Iterator[tuple[int, int]]:
    """Yield where every key and every scalar begins and ends."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, ScalarNode):
            yield node.start, node.end
        elif isinstance(node, SequenceNode):
            stack.extend(node.items)
        else:
            yield from map(node.key_at, node.keys)
            stack.extend(node.values.values())


def _holds(source: Source, start: int, end: int, offset: int) -> bool:
    """Return whether an offset is inside a text; the line of a block's `|` or `>` is before its text."""
    if offset >= end:
        return False
    return source.text[start] not in "|>" or source.position(start).line < source.position(offset).line
