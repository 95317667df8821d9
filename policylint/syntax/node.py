"""What a policy file says: three kinds of node, each with the offsets of its text.

A scalar keeps the text as written; what it means is for the schema to say.
"""

from __future__ import annotations

from typing import TypeAlias

from policylint.source import Source, Span


class ScalarNode:
    """A text, and whether it was written without quotes. `length` is that of the text as written."""

    __slots__ = ("length", "plain", "start", "text")

    def __init__(self, text: str, plain: bool, start: int, length: int) -> None:
        self.text = text
        self.plain = plain
        self.start = start
        self.length = length

    @property
    def end(self) -> int:
        """Return the offset just past the text."""
        return self.start + self.length

    def __repr__(self) -> str:
        return f"ScalarNode({self.text!r})"


class SequenceNode:
    """Items in the order written."""

    __slots__ = ("end", "items", "start")

    def __init__(self, start: int) -> None:
        self.items: list[Node] = []
        self.start = start
        self.end = start

    def __repr__(self) -> str:
        return f"SequenceNode({self.items!r})"


class MappingNode:
    """Values by key in the order written, and the location of each key.

    A place in `keys` is an offset alone where the key is written as it is: most are, and there are many.
    """

    __slots__ = ("end", "keys", "start", "values")

    def __init__(self, start: int) -> None:
        self.values: dict[str, Node] = {}
        self.keys: dict[str, int | tuple[int, int]] = {}
        self.start = start
        self.end = start

    def key_at(self, key: str) -> tuple[int, int]:
        """Return the offsets of a key; those of the whole mapping where it has no such key."""
        place = self.keys.get(key, (self.start, self.end))
        return (place, place + len(key)) if isinstance(place, int) else place

    def __repr__(self) -> str:
        return f"MappingNode({self.values!r})"


Node: TypeAlias = ScalarNode | SequenceNode | MappingNode


def key_span(source: Source, mapping: MappingNode, key: str) -> Span:
    """Return the span of a key, or of the mapping where it has no such key."""
    return Span(source, *mapping.key_at(key))
