"""The entries of a file with the comments that belong to each.

A comment at the end of a line belongs to what is on the line. One on a line of its own belongs to what follows,
unless it is indented deeper than that: then it is at the end of the collection that it is indented like.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from policylint.regex import regex
from policylint.syntax.comment import comments
from policylint.syntax.node import MappingNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.source import Source

BLANK = ""
"""A blank line among comments."""

_PINS = "policylint:"
"""What a comment holds that is about the line that it is on or above."""

_BLANK_LINE = regex(r"(?:\A|[\r\n])[^\S\r\n]*[\r\n]")
"""Found wherever there may be a line with nothing on it; in a text whose lines end in two characters always."""
_GLUED = regex(r"^#(?=[^\W\d_])")
_MODELINE = regex(r"# ?(?:yaml-language-server|vim|-\*-)")


class Entry:
    """A key with its value, or an item, in a collection. `before` are comments and blank lines above it."""

    __slots__ = ("before", "inner", "key", "node", "owner", "start", "trailing")

    def __init__(self, key: str | None, node: Node, start: int, owner: Collection) -> None:
        self.key = key
        self.node = node
        self.start = start
        self.owner = owner
        self.inner: Collection | None = None
        self.before: list[str] = []
        self.trailing = ""

    @property
    def pinned(self) -> bool:
        """Return whether a comment is about the line that the entry is written on, which may begin with a dash."""
        if any(_PINS in line for line in (*self.before, self.trailing)):
            return True
        item = self.owner.owner
        return item is not None and item.key is None and self.owner.entries[0] is self and item.pinned


class Collection:
    """The entries of a mapping or a sequence. `after` are the comments and blank lines at its end."""

    __slots__ = ("after", "column", "end", "entries", "flow", "is_mapping", "owner")

    def __init__(self, is_mapping: bool, flow: bool, end: int, owner: Entry | None) -> None:
        self.is_mapping = is_mapping
        self.flow = flow
        self.end = end
        self.owner = owner
        self.column = 0
        self.entries: list[Entry] = []
        self.after: list[str] = []

    @property
    def pinned(self) -> bool:
        """Return whether a comment is about a line of an entry, or the first line."""
        return any(entry.pinned for entry in self.entries) or (self.owner is not None and self.owner.pinned)


def build(source: Source, root: MappingNode) -> tuple[list[str], Collection]:
    """Return the comments at the head of a text, and its entries."""
    return _Builder(source, root).build()


def comment_text(text: str) -> str:
    """Return a comment as it is written: a space before its first letter, none at its end."""
    return _GLUED.sub("# ", text.rstrip())


def without_blank_ends(lines: list[str], *, begin: bool = True, end: bool = True) -> list[str]:
    """Return lines without the blank ones at the beginning and at the end."""
    written = [index for index, line in enumerate(lines) if line != BLANK]
    if not written:
        return [] if begin or end else lines
    return lines[written[0] if begin else 0 : written[-1] + 1 if end else len(lines)]


class _Builder:
    def __init__(self, source: Source, root: MappingNode) -> None:
        self.source = source
        self.comments = list(comments(source, root))
        self._has_blank = _BLANK_LINE.search(source.text) is not None
        self.entries: list[Entry] = []
        self.root = self._collection(root, None)
        self.starts = [entry.start for entry in self.entries]

    def build(self) -> tuple[list[str], Collection]:
        for start, end in self.comments:
            owner, own_line = self._owner(start)
            text = comment_text(self.source.text[start:end])
            if isinstance(owner, Entry) and not own_line and not owner.trailing:
                owner.trailing = text
                continue
            lines = owner.before if isinstance(owner, Entry) else owner.after
            if self._after_blank(start):
                lines.append(BLANK)
            lines.append(text)
        for entry in self.entries if self._has_blank else ():
            if not entry.owner.flow and self._after_blank(entry.start):
                entry.before.append(BLANK)
        return self._head(), self.root

    def _head(self) -> list[str]:
        """Take the comments at the head of the text from its first entry: they are about the file."""
        first = self.root.entries[0] if self.root.entries else None
        if first is None:
            return []
        lines = first.before
        last = len(lines) - 1 - lines[::-1].index(BLANK) if BLANK in lines else -1
        while last + 1 < len(lines) and _MODELINE.match(lines[last + 1]):
            last += 1
        last = next((index - 1 for index, line in enumerate(lines[: last + 1]) if _PINS in line), last)
        first.before = lines[last + 1 :]
        return without_blank_ends(lines[: last + 1])

    def _collection(self, node: Node, owner: Entry | None) -> Collection:
        assert not isinstance(node, ScalarNode)
        is_mapping = isinstance(node, MappingNode)
        flow = self.source.text[node.start : node.start + 1] in ("{", "[") and node.end > node.start
        found = Collection(is_mapping, flow, node.end, owner)
        low = node.start
        for key, start, child in self._children(node):
            begin = start if is_mapping or flow else self._dash(low, start)
            low = child.end
            entry = Entry(key, child, begin, found)
            self.entries.append(entry)
            found.entries.append(entry)
            if not isinstance(child, ScalarNode):
                entry.inner = self._collection(child, entry)
        if found.entries:
            found.column = self.source.position(found.entries[0].start).column
        return found

    @staticmethod
    def _children(node: Node) -> Iterator[tuple[str | None, int, Node]]:
        if isinstance(node, MappingNode):
            for key, child in node.values.items():
                yield key, node.key_at(key)[0], child
        elif not isinstance(node, ScalarNode):
            for child in node.items:
                yield None, child.start, child

    def _dash(self, low: int, start: int) -> int:
        """Return the offset of the dash of an item."""
        dash = self.source.text.rfind("-", low, start)
        while dash >= 0 and (comment := self._comment_at(dash)) is not None:
            dash = self.source.text.rfind("-", low, comment)
        return dash if dash >= 0 else start

    def _comment_at(self, offset: int) -> int | None:
        index = bisect_right(self.comments, (offset, len(self.source.text))) - 1
        if index < 0 or not self.comments[index][0] <= offset < self.comments[index][1]:
            return None
        return self.comments[index][0]

    def _owner(self, start: int) -> tuple[Entry | Collection, bool]:
        """Return what a comment belongs to, and whether it is above or below that instead of beside it."""
        index = bisect_right(self.starts, start)
        previous = self.entries[index - 1] if index else None
        following = self.entries[index] if index < len(self.entries) else None
        if previous is None:
            return following or self.root, True
        position = self.source.position(start)
        written = self.source.line(position.line)[: position.column - 1].strip()
        if written == "...":
            return self.root, True
        if not written.strip("- "):
            if written:
                return previous, True
            return self._owner_of_own_line(start, position.line, previous, following), True
        found = previous
        entry: Entry | None = previous
        while entry is not None:
            ended = entry.node.end <= start and self.source.position(entry.node.end).line == position.line
            if ended and (entry.inner is None or entry.inner.flow):
                found = entry
            entry = entry.owner.owner
        return found, False

    def _owner_of_own_line(self, start: int, line: int, previous: Entry, following: Entry | None) -> Entry | Collection:
        column = start - self.source.offset_of_line(line) + 1
        inner = previous.inner
        if start < previous.node.start and (inner is None or inner.flow):
            return previous
        flow = self._open_flow(previous, start)
        if flow is not None and not flow.entries:
            return flow.owner or flow
        if flow is not None:
            return following if following is not None and following.start < flow.end else flow
        if _PINS in self.source.line(line):
            return following or self.root
        if following is not None and following.owner.owner is previous:
            return following
        level = following.owner if following is not None else self.root
        found: Collection | None = previous.owner
        while found is not None and found is not level and (found.flow or found.column > column):
            found = found.owner.owner if found.owner is not None else None
        if found is None or found is level or column <= level.column:
            return following if following is not None else self.root
        return found

    @staticmethod
    def _open_flow(previous: Entry, start: int) -> Collection | None:
        """Return the innermost collection in braces or brackets that is still open at an offset."""
        found = previous.inner or previous.owner
        while not (found.flow and start < found.end):
            if found.owner is None:
                return None
            found = found.owner.owner
        return found

    def _after_blank(self, offset: int) -> bool:
        """Return whether the line of an offset follows a blank one, and the offset is the first thing on its line."""
        position = self.source.position(offset)
        if self.source.line(position.line)[: position.column - 1].strip():
            return False
        return position.line > 1 and not self.source.line(position.line - 1).strip()
