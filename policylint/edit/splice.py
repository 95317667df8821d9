"""Edits that put an object, a setting or an item into the text of a policy file, or take an item out.

What is there keeps its bytes. A line that is added goes behind what it follows, and behind the comments that are
indented deeper than that: those belong to it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from policylint.edits import TextEdit
from policylint.source import Span
from policylint.syntax.comment import comments
from policylint.syntax.node import MappingNode, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from policylint.source import Source
    from policylint.syntax.node import Node, SequenceNode


class Splicer:
    """Makes the edits of one text."""

    def __init__(self, source: Source, root: Node) -> None:
        self.source = source
        self._root = root
        self._ended = source.text.endswith(("\n", "\r"))

    @cached_property
    def _comments(self) -> tuple[tuple[int, int], ...]:
        return tuple(comments(self.source, self._root))

    def is_flow(self, node: Node) -> bool:
        """Return whether a collection is written in braces or brackets."""
        return not isinstance(node, ScalarNode) and self.source.text[node.start : node.start + 1] in ("{", "[")

    def column(self, offset: int) -> int:
        """Return how many characters are before an offset on its line."""
        return self.source.position(offset).column - 1

    def insert(self, offset: int, text: str) -> TextEdit:
        """Return the edit that inserts a text at an offset; a text of whole lines begins a line."""
        if text.endswith("\n") and offset == len(self.source.text) and not self._ended:
            self._ended, text = True, f"\n{text}"
        return TextEdit(Span(self.source, offset, offset), text)

    def replace(self, start: int, end: int, text: str) -> TextEdit:
        """Return the edit that replaces a range."""
        return TextEdit(Span(self.source, start, end), text)

    def after(self, node: Node, column: int) -> int:
        """Return the offset of the line after a node, and after comments below it that are indented deeper."""
        return self.line_offset(self._line_after(node, column))

    def _line_after(self, node: Node, column: int) -> int:
        number = Span(self.source, node.start, node.end).last.line + 1
        while number <= self.source.last_line:
            line = self.source.line(number)
            text = line.lstrip(" ")
            if not text.startswith("#") or len(line) - len(text) <= column:
                break
            number += 1
        return number

    def line_offset(self, number: int) -> int:
        """Return the offset at which a line begins; the end of the text where there is no such line."""
        return self.source.offset_of_line(number) if number <= self.source.last_line else len(self.source.text)

    def dash(self, sequence: SequenceNode, index: int) -> int:
        """Return the offset of the dash of an item in block style."""
        low = sequence.items[index - 1].end if index else sequence.start
        start = sequence.items[index].start
        dash = self.source.text.rfind("-", low, start)
        while dash >= 0 and (begin := self._comment_at(dash)) is not None:
            dash = self.source.text.rfind("-", low, begin)
        return dash if dash >= 0 else start

    def _comment_at(self, offset: int) -> int | None:
        if "#" not in self.source.line(self.source.position(offset).line):
            return None
        index = bisect_right(self._comments, (offset, len(self.source.text))) - 1
        start, end = self._comments[index] if index >= 0 else (0, 0)
        return start if start <= offset < end else None

    def has_comment(self, start: int, end: int) -> bool:
        """Return whether a comment begins in a range."""
        index = bisect_left(self._comments, (start, start))
        return index < len(self._comments) and self._comments[index][0] < end

    def comments_in(self, start: int, end: int) -> Sequence[str]:
        """Return what the comments in a range say, without those to policylint."""
        first = bisect_left(self._comments, (start, start))
        last = bisect_left(self._comments, (end, end))
        texts = [self.source.text[begin:stop].lstrip("#").strip() for begin, stop in self._comments[first:last]]
        return [text for text in texts if text and not text.startswith("policylint:")]

    def comments_of_item(self, sequence: SequenceNode, index: int) -> Sequence[str]:
        """Return what the comments above an item in block style and at its end say."""
        last = self.source.position(sequence.items[index].end).line
        return self.comments_in(self.above_item(sequence, index), self.line_offset(last + 1))

    def whole_value(self, mapping: MappingNode, key: str, text: str) -> TextEdit:
        """Return the edit that writes another value behind a key, in place of what is there on one line or several."""
        node = mapping.values[key]
        if isinstance(node, ScalarNode) or self.is_flow(node):
            return self.replace(node.start, node.end, text + self._ending(node))
        colon = self.source.text.index(":", mapping.key_at(key)[1])
        end = self.line_offset(Span(self.source, node.start, node.end).last.line + 1)
        return self.replace(colon + 1, end, f" {text}\n")

    def lines_as_value(self, mapping: MappingNode, key: str, lines: str) -> Iterable[TextEdit]:
        """Yield the edits that write whole lines below a key of an object in block style, in place of what is there."""
        node, colon = mapping.values[key], self.source.text.index(":", mapping.key_at(key)[1])
        if isinstance(node, ScalarNode) or self.is_flow(node):
            yield self.replace(colon + 1, node.end, "")
            yield self.insert(self.after(node, self.column(mapping.start)), lines)
        else:
            end = self.line_offset(Span(self.source, node.start, node.end).last.line + 1)
            yield self.replace(colon + 1, end, f"\n{lines}")

    def _ending(self, node: Node) -> str:
        """Return the line end that the text of a node includes, as that of a block does."""
        text = self.source.text[node.start : node.end]
        return "\n" if text.endswith(("\n", "\r")) else ""

    def settings(self, mapping: MappingNode, after: str | None, lines: str, inline: str) -> TextEdit:
        """Return the edit that adds settings to an object behind a key: whole lines, or in braces on its line."""
        if not self.is_flow(mapping):
            node = mapping.values[after] if after is not None else mapping
            return self.insert(self.after(node, self.column(mapping.start)), lines)
        if after is None:
            return self.insert(mapping.start + 1, inline)  # {}
        return self.insert(mapping.values[after].end, f", {inline}")

    def without_items(self, sequence: SequenceNode, gone: Collection[int]) -> Iterable[TextEdit]:
        """Yield the edits that take some items out of a list, but not all, in block style with their comments."""
        if not self.is_flow(sequence):
            last = max(set(range(len(sequence.items))).difference(gone))
            for index in gone:
                yield self.replace(*self._lines_of_item(sequence, index, ends=index > last), "")
            return
        kept = max(set(range(len(sequence.items))).difference(gone))
        for index in gone:
            if index < kept:
                yield self.replace(sequence.items[index].start, sequence.items[index + 1].start, "")
        if kept < len(sequence.items) - 1:
            yield self.replace(sequence.items[kept].end, sequence.items[-1].end, "")

    def _lines_of_item(self, sequence: SequenceNode, index: int, *, ends: bool) -> tuple[int, int]:
        """Return the range of an item in block style that goes, with its comments and the blank lines on one side.

        Blank lines are apart from what stays: those below, where there are some above too or nothing is, and those
        above where nothing below stays.
        """
        start = self.above_item(sequence, index)
        first, end = (
            self.source.position(start).line,
            self._line_after(sequence.items[index], self.column(sequence.start)),
        )
        apart = index == 0 or self._is_blank(first - 1)
        while ends and index and self._is_blank(first - 1):
            first -= 1
        while apart and not ends and self._is_blank(end):
            end += 1
        return self.line_offset(first), self.line_offset(end)

    def _is_blank(self, number: int) -> bool:
        return 1 <= number <= self.source.last_line and not self.source.line(number).strip()

    def without_keys(self, mapping: MappingNode, gone: Collection[str]) -> Iterable[TextEdit]:
        """Yield the edits that take some keys out of an object, but not all, in block style with their comments."""
        keys = list(mapping.values)
        if self.is_flow(mapping):
            kept = max(number for number, key in enumerate(keys) if key not in gone)
            for number, key in enumerate(keys):
                if key in gone and number < kept:
                    yield self.replace(mapping.key_at(key)[0], mapping.key_at(keys[number + 1])[0], "")
            if kept < len(keys) - 1:
                yield self.replace(mapping.values[keys[kept]].end, mapping.values[keys[-1]].end, "")
            return
        first = next(number for number, key in enumerate(keys) if key not in gone)
        if first:
            yield from self._without_first(mapping, keys[0], keys[first - 1], keys[first])
        column = self.column(mapping.start)
        for key in keys[first:]:
            if key in gone:
                yield self.replace(self.above(mapping.key_at(key)[0]), self.after(mapping.values[key], column), "")

    def _without_first(self, mapping: MappingNode, first: str, last: str, kept: str) -> Iterable[TextEdit]:
        """Yield the edits that take the first keys out of an object; the comments above the next go above it all."""
        start, end = mapping.key_at(first)[0], mapping.key_at(kept)[0]
        line = number = self.source.position(end).line
        least = self.source.position(mapping.values[last].end).line + 1
        while number > least and self.source.line(number - 1).lstrip(" ").startswith("#"):
            number -= 1
        if number < line:
            begin = self.line_offset(self.source.position(start).line)
            yield self.insert(begin, self.source.text[self.line_offset(number) : self.line_offset(line)])
        yield self.replace(start, end, "")

    def without_value(self, mapping: MappingNode, key: str) -> Iterable[TextEdit]:
        """Yield the edits that leave an empty list of a key's value, whatever it is."""
        node, text = mapping.values[key], "[]"
        if isinstance(node, ScalarNode) or self.is_flow(node):
            yield self.replace(node.start, node.end, text + self._ending(node))
        else:
            colon = self.source.text.index(":", mapping.key_at(key)[1])
            yield self.replace(colon + 1, self.after(node, self.column(mapping.start)), f" {text}\n")

    def above(self, offset: int) -> int:
        """Return the offset of the line of another one, or of the comments right above it with the same indentation."""
        first = self.source.position(offset).line
        margin = self._margin(first)
        while first > 1 and self.source.line(first - 1).startswith(f"{margin}#"):
            first -= 1
        return self.line_offset(first)

    def _margin(self, number: int) -> str:
        line = self.source.line(number)
        return line[: len(line) - len(line.lstrip(" "))]

    def remark(self, offset: int, text: str) -> TextEdit:
        """Return the edit that adds a comment above the line of an offset.

        It goes above a directive to policylint, which is about the next line.
        """
        number = self.source.position(offset).line
        begin = self.line_offset(number)
        if "policylint:" in self.source.text[self.above(offset) : begin]:
            begin = self.above(offset)
        return self.insert(begin, f"{self._margin(number)}# {text}\n")

    def above_item(self, sequence: SequenceNode, index: int) -> int:
        """Return the offset of the line at which an item in block style begins, or the comments right above it."""
        first = self.source.position(self.dash(sequence, index)).line
        least = self._line_after(sequence.items[index - 1], self.column(sequence.start)) if index else 2
        while first > least and self.source.line(first - 1).lstrip(" ").startswith("#"):
            first -= 1
        return self.line_offset(first)

    def before_item(self, sequence: SequenceNode, index: int) -> tuple[int, int]:
        """Return the lines from behind an item in block style to before the next one; from the key where it is -1."""
        column = self.column(sequence.start)
        if index < 0:
            first = self.source.position(self.dash(sequence, 0)).line
            while self.source.line(first - 1).lstrip(" ")[:1] in ("", "#") and first > 1:
                first -= 1
        else:
            first = self._line_after(sequence.items[index], column)
        if index + 1 < len(sequence.items):
            return first, self.source.position(self.dash(sequence, index + 1)).line
        return first, first

    def add_key(self, mapping: MappingNode, text: str) -> TextEdit:
        """Return the edit that adds a key with its value behind the last one in braces."""
        last = next(reversed(mapping.values.values()), None)
        return self.insert(mapping.start + 1, text) if last is None else self.insert(last.end, f", {text}")

    def append_in_brackets(self, sequence: SequenceNode, items: Iterable[tuple[str, Sequence[str]]]) -> TextEdit:
        """Return the edit that adds objects behind the last one in brackets, each below its comments."""
        last = sequence.items[-1]
        several = self.source.position(sequence.start).line < self.source.position(last.start).line
        margin = " " * (self.column(last.start) if several else 2)
        above = [("".join(f"# {comment}\n{margin}" for comment in comments), item) for item, comments in items]
        if self.has_comment(last.end, sequence.end):
            text = "".join(f"{comments}, {item}\n{margin}" for comments, item in above)
            return self.insert(sequence.end - 1, text)
        return self.insert(last.end, "".join(f",\n{margin}{comments}{item}" for comments, item in above))
