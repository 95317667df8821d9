"""Where an object was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.named_tuple import NamedTuple
from policylint.source import Source, Span

if TYPE_CHECKING:
    from policylint.syntax.node import MappingNode


class Origin(NamedTuple):
    """A file and, for a declared object, the node in it."""

    path: str
    source: Source | None = None
    node: MappingNode | None = None

    @property
    def line(self) -> int | None:
        """Return the line at which a declared object begins, None for a live one."""
        if self.source is None or self.node is None:
            return None
        return self.source.position(self.node.start).line

    def declares(self, name: str) -> bool:
        """Return whether the object's own text has a key."""
        return self.node is not None and name in self.node.values

    def span(self, name: str | None = None) -> Span:
        """Return the span of a value, of the whole object where the name is None or not there."""
        if self.source is None or self.node is None:
            return Span(Source(self.path, ""), 0, 0)
        node = self.node if name is None else self.node.values.get(name, self.node)
        return Span(self.source, node.start, node.end)

    def key_span(self, name: str) -> Span:
        """Return the span of a key, of the whole object where it has no such key."""
        if self.source is None or self.node is None or name not in self.node.keys:
            return self.span()
        return Span(self.source, *self.node.key_at(name))

    def head(self) -> Span:
        """Return the span of the object's first line, for a message about the whole of it."""
        span = self.span()
        if self.source is None:
            return span
        end = self.source.text.find("\n", span.start)
        return Span(span.source, span.start, min(span.end, end if end >= 0 else span.end))

    def item_span(self, name: str, index: int) -> Span | None:
        """Return the span of an item of a list, None where it has none; what is added comes before what is removed."""
        if self.source is None or self.node is None:
            return None
        node: Any = self.node.values.get(name)
        parts = getattr(node, "values", {})
        for part in [parts[name] for name in ("Add", "Remove") if name in parts] or [node]:
            items = getattr(part, "items", ())
            if index < len(items):
                return Span(self.source, items[index].start, items[index].end)
            index -= len(items)
        return None
