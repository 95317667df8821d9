"""What is written at a place of a text, also of one that is half typed: the path of keys that leads there.

Only the entry around the place is read, with its section above it, so that a mistake elsewhere and a large file do not
matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.source import LINE_END, Source
from policylint.syntax.node import MappingNode, Node, ScalarNode, SequenceNode
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple["str | int", ...]

_MARK = "policylint0place"
_IGNORE = regex(r"#[ \t]*policylint:[ \t]*ignore\[([^\]\r\n]*)\]?")
_MOST = 100_000
"""How long an entry is at most that is looked into."""


class Spot(NamedTuple):
    """A key or a value, written or yet to be written. `path` leads to it; the last part of that of a key is the key.

    `start` and `end` are the offsets of what is written, `text` is what it says. `parents` are the nodes that it is in,
    the outermost first.
    """

    path: Path
    is_key: bool
    start: int
    end: int
    text: str
    parents: tuple[Node, ...]

    @property
    def mapping(self) -> MappingNode | None:
        """Return the innermost mapping that it is in."""
        return next((each for each in reversed(self.parents) if isinstance(each, MappingNode)), None)

    def sibling(self, key: str, above: int = 0) -> str:
        """Return the text of another key of the innermost mapping, or one further out; empty where it has none."""
        mappings = [each for each in reversed(self.parents) if isinstance(each, MappingNode)]
        node = mappings[above].values.get(key) if above < len(mappings) else None
        return node.text if isinstance(node, ScalarNode) else ""


class Blank(NamedTuple):
    """Where something can be written: what is there already from `start` to `end`, and the quote that it begins with.

    `typed` is what is there before the place that was asked about. `before` has to come before what is written, as a
    blank after a colon. `in_flow` says that it is inside of braces or brackets, `has_colon` that a colon follows.
    """

    spot: Spot
    typed: str
    quote: str
    in_flow: bool
    has_colon: bool
    before: str = ""


class RuleIds(NamedTuple):
    """A place inside of the brackets of an ignore comment: the offsets of the ID there, and the other IDs."""

    start: int
    end: int
    others: tuple[str, ...]


class _Chunk(NamedTuple):
    """An entry with the key of its section above it.

    `shift` is what the offsets of the entry are less than in the whole text. `keys` are the lines with the keys and the
    items that lead to the place alone. `needs_dash` says that a new item of a list goes here.
    """

    text: str
    shift: int
    keys: str = ""
    needs_dash: bool = False


def rule_ids_at(text: str, offset: int) -> RuleIds | None:
    """Return the ID of a rule at a place of an ignore comment, None where the place is in none."""
    begin, end = _line_of(text, offset)
    for match in _IGNORE.finditer(text, begin, end):
        if match.start(1) <= offset <= match.end(1):
            start = max(text.rfind(",", match.start(1), offset) + 1, match.start(1))
            comma = text.find(",", offset, match.end(1))
            stop = comma if comma >= 0 else match.end(1)
            start += len(text[start:stop]) - len(text[start:stop].lstrip())
            start, stop = min(start, offset), max(offset, start + len(text[start:stop].rstrip()))
            parts = f"{text[match.start(1) : start]},{text[stop : match.end(1)]}".split(",")
            return RuleIds(start, stop, tuple(part.strip() for part in parts if part.strip()))
    return None


def spot_at(text: str, offset: int) -> Spot | None:
    """Return the key or the value that is written at a place, None where there is none or it cannot be read."""
    chunk = _chunk_at(text, offset)
    if chunk is None:
        return None
    root, _ = parse(Source("", chunk.text))
    inside = offset - chunk.shift
    for spot in _spots(root) if root is not None else ():
        if spot.start <= inside <= spot.end and spot.text:
            return spot._replace(start=spot.start + chunk.shift, end=spot.end + chunk.shift)
    return None


def blanks_at(text: str, offset: int) -> Iterator[Blank]:
    """Yield what may be written at a place: a key first, where it may be a key or an item of a list."""
    chunk = _chunk_at(text, offset)
    begin, stop = _line_of(text, offset)
    line, column = text[begin:stop], offset - begin
    token = _token(line, column) if chunk is not None else None
    if token is None or chunk is None:
        return
    start, end = token.start, token.end
    before = " " if start > 0 and line[start - 1] == ":" else ""
    rest = line[end:].lstrip()
    has_colon = not token.after_colon and rest.startswith(":")
    marks = [_MARK] if token.after_colon or has_colon else [f"{_MARK}: x", _MARK]
    if token.in_list and not has_colon:
        marks = [_MARK]
    if chunk.needs_dash:
        marks, before = [_MARK], "- "
    at, tail = begin - chunk.shift, chunk.text[stop - chunk.shift :]
    for mark in marks:
        patched = f"{line[:start]}{before}{mark}{line[end:]}"
        closed = patched + token.closers
        texts = [f"{chunk.text[:at]}{each}{more}" for more in (tail, "") for each in dict.fromkeys((patched, closed))]
        texts += [f"{chunk.keys}{each}" for each in dict.fromkeys((patched, closed))]
        spot = next(filter(None, map(_marked, texts)), None)
        if spot is not None:
            written = line[start:end].strip("\"'")
            spot = spot._replace(start=begin + start, end=begin + end, text=written)
            typed = line[start:column].lstrip("\"'")
            yield Blank(spot, typed, token.quote, token.in_flow, has_colon, before)


def _marked(text: str) -> Spot | None:
    """Return where the mark is in a text that can be read."""
    root, problems = parse(Source("", text))
    if root is None or any(each.severity == "error" for each in problems):
        return None
    return next((spot for spot in _spots(root) if spot.text == _MARK), None)


def _spots(root: Node) -> Iterator[Spot]:
    """Yield every key and every scalar below a node."""
    stack: list[tuple[Node, Path, tuple[Node, ...]]] = [(root, (), ())]
    while stack:
        node, path, parents = stack.pop()
        if isinstance(node, ScalarNode):
            yield Spot(path, False, node.start, node.end, node.text, parents)
        elif isinstance(node, SequenceNode):
            stack.extend((item, (*path, number), (*parents, node)) for number, item in enumerate(node.items))
        else:
            for key, value in node.values.items():
                yield Spot((*path, key), True, *node.key_at(key), key, (*parents, node))
                stack.append((value, (*path, key), (*parents, node)))


def _line_of(text: str, offset: int) -> tuple[int, int]:
    """Return where the line of an offset begins and ends."""
    begin = _line_start(text, offset)
    match = LINE_END.search(text, offset)
    return begin, match.start() if match else len(text)


def _line_start(text: str, offset: int) -> int:
    """Return where the line of an offset begins."""
    begin = text.rfind("\n", 0, offset) + 1
    return text.rfind("\r", begin, offset) + 1 or begin


class _Line(NamedTuple):
    start: int
    end: int
    text: str

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip(" "))

    @property
    def says_nothing(self) -> bool:
        return self.text.lstrip()[:1] in ("", "#")

    @property
    def is_top(self) -> bool:
        return self.text[:1] not in ("", " ", "\t", "#", "-", "}", "]") and not self.text.startswith("---")

    @property
    def is_item(self) -> bool:
        return self.text.lstrip(" ").startswith("-") and not self.text.startswith("---")


def _lines_up(text: str, before: int) -> Iterator[_Line]:
    """Yield the lines that end before an offset, the nearest first."""
    while before > 0:
        end = before - 2 if text[before - 2 : before] == "\r\n" else before - 1
        begin = _line_start(text, end)
        yield _Line(begin, end, text[begin:end])
        before = begin


def _lines_down(text: str, start: int) -> Iterator[_Line]:
    """Yield the lines from an offset on."""
    while start < len(text):
        match = LINE_END.search(text, start)
        end = match.start() if match else len(text)
        yield _Line(start, match.end() if match else end, text[start:end])
        start = match.end() if match else end


def _chunk_at(text: str, offset: int) -> _Chunk | None:
    """Return the entry around a place, with the key of its section; None where that is too long to look into.

    A line with nothing on it belongs where the cursor is.
    """
    begin, stop = _line_of(text, offset)
    own = _Line(begin, stop, text[begin:stop])
    is_blank = not own.text.strip()
    if stop - begin > _MOST:
        return None
    if own.is_top or (is_blank and offset == begin):
        return _Chunk(own.text, begin)
    depth, is_item, first = offset - begin if is_blank else own.indent, own.is_item, own
    head, needs_dash, keys = None, False, ""
    for line in _lines_up(text, begin):
        if line.says_nothing:
            continue
        if line.is_top:
            head = line
            break
        if line.indent < depth or (is_item and not line.is_item and line.indent == depth):
            first, depth, is_item, keys = line, line.indent, line.is_item, text[line.start : _after(text, line)] + keys
        elif is_blank and first is own and line.is_item and line.indent == depth:
            needs_dash, is_item = True, True
    if head is None:
        return None
    above = text[head.start : _after(text, head)]
    if needs_dash and first is own:
        return _Chunk(above + own.text, begin - len(above), above, needs_dash)
    start = first.start if first.is_item else head.start + len(above)
    end = stop
    for line in _lines_down(text, _after(text, own)):
        if not line.says_nothing and (line.is_top or (first.is_item and line.indent <= first.indent)):
            break
        if line.end - start > _MOST:
            break
        end = line.end
    if end - start > _MOST:
        return None
    return _Chunk(above + text[start:end], start - len(above), above + keys, needs_dash)


def _after(text: str, line: _Line) -> int:
    """Return the offset of the line after a line."""
    match = LINE_END.search(text, line.start)
    return match.end() if match else len(text)


class _Token(NamedTuple):
    """What a line has at a column, by its offsets in the line."""

    start: int
    end: int
    quote: str
    after_colon: bool
    in_flow: bool
    in_list: bool
    closers: str


def _token(line: str, column: int) -> _Token | None:
    """Return the word of a line that a column is in or beside; None in a comment."""
    start, quote, after_colon = 0, "", False
    depth: list[str] = []
    index = 0
    while index < column:
        char = line[index]
        if quote:
            if char == "\\" and quote == '"':
                index += 1
            elif char == quote:
                if quote == "'" and line[index + 1 : index + 2] == "'":
                    index += 1
                else:
                    quote = ""
        elif char in "\"'" and index == start:
            quote = char
        elif char in "{[" and index == start:
            depth.append(char)
            start, after_colon = index + 1, False
        elif depth and char in "}]":
            depth.pop()
            start = index + 1
        elif depth and char == ",":
            start, after_colon = index + 1, False
        elif char == "#" and line[index - 1 : index] in ("", " ", "\t"):
            return None
        elif char == ":" and line[index + 1 : index + 2] in ("", " ", "\t"):
            start, after_colon = index + 1, True
        elif (char == "-" and not depth and index == start and line[index + 1 : index + 2] in ("", " ")) or (
            char in " \t" and index == start
        ):
            start = index + 1
        index += 1
    begins = line[start : start + 1]
    opened = begins if begins in ('"', "'") and begins and column > start else ""
    end = _end(line, column, quote, flow=bool(depth), key=not after_colon)
    in_list = bool(depth) and depth[-1] == "["
    closers = "".join("}" if each == "{" else "]" for each in reversed(_open(line, depth, end)))
    return _Token(start, end, opened, after_colon, bool(depth), in_list and not after_colon, closers)


def _end(line: str, column: int, quote: str, *, flow: bool, key: bool) -> int:
    """Return where the word ends that a column is in."""
    if quote:
        closing = line.find(quote, column)
        return closing + 1 if closing >= 0 else len(line)
    index = column
    while index < len(line):
        char = line[index]
        if flow and char in ",}]":
            break
        if char == "#" and line[index - 1 : index] in ("", " ", "\t"):
            break
        if key and char == ":" and line[index + 1 : index + 2] in ("", " ", "\t"):
            break
        index += 1
    return max(column, len(line[:index].rstrip()))


def _open(line: str, depth: list[str], end: int) -> list[str]:
    """Return the brackets that are open at the end of a line."""
    found = list(depth)
    quote = ""
    for char in line[end:]:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in "{[":
            found.append(char)
        elif char in "}]" and found:
            found.pop()
    return found
