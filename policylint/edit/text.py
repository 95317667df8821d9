"""The text of a policy file after edits. Every byte outside of them stays, and each part that they touch is proved."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING

from policylint.edit.format import formatted
from policylint.edit.proof import UnprovenError, tree_of, tree_of_nodes, without
from policylint.edit.splice import Splicer
from policylint.edits import in_order, splice
from policylint.fmt.layout import format_text
from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.schema.store import POLICY
from policylint.source import Source, with_line_ends
from policylint.syntax.node import MappingNode, SequenceNode
from policylint.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policylint.edit.apply import FileEdits, Path
    from policylint.edits import TextEdit
    from policylint.schema.store import SchemaStore

_SHORT = 100_000
"""The length of a file up to which the form of the whole is looked at, not that of the parts alone."""


class _Part(NamedTuple):
    """What of a file edits are in: a section, or some items of one, in brackets or as whole lines.

    `first` is the place of the first item, None for a section; `items` is how many there are.
    """

    section: str
    start: int
    end: int
    edits: Sequence[TextEdit]
    first: int | None = None
    items: int = 0
    in_brackets: bool = False

    def alone(self, text: str) -> str:
        """Return the text of the part as one that stands alone."""
        if not self.in_brackets:
            return text
        return f"[{_COMMA.sub(lambda found: found[1], text) if self.first else text}\n]"

    def file(self, text: str) -> str:
        """Return the text of the part as a file of its own."""
        return f"{self.section}:{' ' if self.in_brackets else chr(10)}{self.alone(text)}"


_COMMA = regex(r"\A((?:\s|#[^\r\n]*)*),")
"""What is before an item in brackets and after another."""


class ChangedItems(NamedTuple):
    """Items of a section before and after edits, each as a file of its own under the path of the real one."""

    before: Source
    after: Source


class EditedText(NamedTuple):
    """The text of a file after edits. `items` is all that changes, None where that is more than items of lists."""

    text: str
    items: tuple[ChangedItems, ...] | None


def edited_text(edits: FileEdits, store: SchemaStore) -> EditedText:
    """Return the text of a file after its edits; a part that was in canonical form is so afterwards.

    Raises UnprovenError where the file would say something else than the edits name, OverlapError where two overlap.
    """
    source = edits.file.source
    ordered = [edit._replace(text=with_line_ends(edit.text, source.line_end)) for edit in in_order(edits.edits)]
    pieces: list[str] = []
    old, new = _Named(edits.old), _Named(edits.new)
    end, section, shift = 0, "", 0
    items: list[ChangedItems] | None = []
    for part in _parts(edits, ordered):
        before = source.text[part.start : part.end]
        after = _spliced(before, part)
        if part.first is not None and not part.in_brackets and _has_items(after):
            tidy = _canonical(after, part, source, store)
            if tidy != after and (not before.strip() or _is_canonical(before, part, source, store)):
                after = tidy
        section, shift = part.section, shift if part.section == section else 0
        shift += _prove(before, after, part, old, new, shift, edits.file.node)
        pieces += source.text[end : part.start], after
        end = part.end
        if part.first is None or not _has_items(after):
            items = None
        elif items is not None:
            items.append(ChangedItems(*(Source(source.path, part.file(text)) for text in (before, after))))
    text = "".join(pieces) + source.text[end:]
    whole = _whole_canonical(edits, text, store)
    if whole != text:
        return EditedText(whole, None)
    return EditedText(text, tuple(items) if items is not None else None)


def _whole_canonical(edits: FileEdits, text: str, store: SchemaStore) -> str:
    """Return the new text of a file in canonical form where the file is short and was in it, else as it is."""
    source = edits.file.source
    if len(source.text) > _SHORT:
        return text
    if with_line_ends(format_text(source, edits.file.node, store, POLICY), source.line_end) != source.text:
        return text
    whole, _ = formatted(Source(source.path, text), store, POLICY)
    if whole is None or whole == text:
        return text
    if tree_of(whole) != tree_of(text):
        raise UnprovenError(_MORE)
    return whole


def _has_items(text: str) -> bool:
    """Return whether there is more in a text than comments."""
    return any(line.strip()[:1] not in ("", "#") for line in text.splitlines())


def _spliced(before: str, part: _Part) -> str:
    moved = (
        edit._replace(span=edit.span._replace(start=edit.span.start - part.start, end=edit.span.end - part.start))
        for edit in part.edits
    )
    return splice(before, moved)


def _parts(edits: FileEdits, ordered: Sequence[TextEdit]) -> Sequence[_Part]:
    """Return the parts of a file that edits are in, in order; no two overlap. A new section is a part of its own."""
    root, source = edits.file.node, edits.file.source
    fresh = tuple(f"{path[0]}:" for path in edits.new if len(path) == 1 and path[0] not in root.values)
    new = [edit for edit in ordered if any(line.startswith(fresh) for line in edit.text.splitlines())]
    found = [
        *_parts_there(root, source, [edit for edit in ordered if edit not in new]),
        *(_Part("", edit.span.start, edit.span.end, (edit,)) for edit in new),
    ]
    found.sort(key=lambda part: (part.start, part.end))
    if any(one.end > other.start for one, other in pairwise(found)):
        return (_Part("", 0, len(source.text), ordered),)
    return found


def _parts_there(root: MappingNode, source: Source, edits: Sequence[TextEdit]) -> Iterator[_Part]:
    """Yield the parts of the sections that are there, in order."""
    splicer, rest = Splicer(source, root), list(edits)
    keys = sorted(root.values, key=root.key_at)
    starts = [_line_start(source, root.key_at(key)[0]) for key in keys]
    if not rest:
        return
    if splicer.is_flow(root) or len(set(starts)) < len(starts):
        yield _Part("", 0, len(source.text), rest)
        return
    for key, start, end in zip(keys, starts, [*starts[1:], len(source.text)], strict=True):
        mine = [edit for edit in rest if _is_above(edit, end) or end == len(source.text)]
        rest = [edit for edit in rest if not _is_above(edit, end)]
        if not mine:
            continue
        node = root.values[key]
        below = splicer.line_offset(source.position(root.key_at(key)[1]).line + 1)
        if isinstance(node, SequenceNode) and _are_between(mine, splicer, node):
            yield from _items(key, node, splicer, mine, (node.start + 1, node.end - 1))
        elif isinstance(node, SequenceNode) and not splicer.is_flow(node) and mine[0].span.start >= below:
            yield from _items(key, node, splicer, mine, (below, end))
        else:
            yield _Part(key, start, end, mine)


def _are_between(edits: Sequence[TextEdit], splicer: Splicer, node: SequenceNode) -> bool:
    """Return whether edits are all between the brackets of a list that is not empty."""
    inside = all(node.start < edit.span.start and edit.span.end < node.end for edit in edits)
    return splicer.is_flow(node) and bool(node.items) and inside


def _is_above(edit: TextEdit, end: int) -> bool:
    """Return whether an edit belongs to what ends at an offset: at the offset itself, it adds more than a comment."""
    span = edit.span
    return span.start < end or (span.start == span.end == end and _has_items(edit.text))


def _items(
    section: str, node: SequenceNode, splicer: Splicer, edits: Iterable[TextEdit], whole: tuple[int, int]
) -> Iterator[_Part]:
    """Yield the items of a list that edits are in or next to, those beside each other as one part."""
    starts, column, last = [item.start for item in node.items], splicer.column(node.start), len(node.items) - 1
    in_brackets = splicer.is_flow(node)

    def end_of(place: int) -> int:
        if place == last:
            return whole[1]
        return node.items[place].end if in_brackets else splicer.after(node.items[place], column)

    def place_of(offset: int) -> int:
        place = max(0, bisect_right(starts, offset) - 1)
        return place + 1 if offset >= end_of(place) and place < last else place

    def part() -> _Part:
        start = end_of(low - 1) if low else whole[0]
        return _Part(section, start, end_of(high), taken, low, high - low + 1, in_brackets)

    taken: list[TextEdit] = []
    low = high = 0
    for edit in edits:
        first, final = place_of(max(edit.span.start - 1, whole[0])), place_of(edit.span.end)
        if taken and first > high:
            yield part()
            taken = []
        low = low if taken else first
        high = max(high, final) if taken else final
        taken.append(edit)
    yield part()


def _line_start(source: Source, offset: int) -> int:
    return source.offset_of_line(source.position(offset).line)


def _is_canonical(text: str, part: _Part, source: Source, store: SchemaStore) -> bool:
    return _canonical(text, part, source, store) == text


def _canonical(text: str, part: _Part, source: Source, store: SchemaStore) -> str:
    """Return items of a section in canonical form, as they are where they have none; the blank lines around stay."""
    body = text.strip("\r\n")
    alone = Source(source.path, with_line_ends(f"{part.section}:\n{body}\n", "\n"))
    root, problems = parse(alone)
    if not body or problems or not isinstance(root, MappingNode):
        return text
    lines = format_text(alone, root, store, POLICY).partition("\n")[2].rstrip("\n")
    at = text.index(body)
    return text[:at] + with_line_ends(lines, source.line_end) + text[at + len(body) :]


class _Named:
    """The paths of the values that edits may change, by section and the place of the item."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self.paths = frozenset(paths)
        self._inside: dict[tuple[str, int], list[Path]] = {}
        for section, *rest in self.paths:
            if rest and isinstance(rest[0], int):
                self._inside.setdefault((str(section), rest[0]), []).append(tuple(rest[1:]))

    def within(self, section: str, first: int, items: int) -> Sequence[Path]:
        """Return the paths inside of some items of a section, from the first of them on."""
        places = range(items)
        return [(place, *rest) for place in places for rest in self._inside.get((section, first + place), ())]


def _prove(before: str, after: str, part: _Part, old: _Named, new: _Named, shift: int, root: MappingNode) -> int:
    """Return how many items more a part has afterwards. Raises UnprovenError where it says what no edit names."""
    found = tree_of(part.alone(after))
    if part.first is None:
        if without(tree_of(part.alone(before)) or {}, old.paths) != without(found or {}, new.paths):
            raise UnprovenError(_MORE)
        return 0
    found = found or []
    if not isinstance(found, list):
        raise UnprovenError(_NO_ITEMS)
    gone = frozenset(old.within(part.section, part.first, part.items))
    left = without(found, frozenset(new.within(part.section, part.first + shift, len(found))))
    section = root.values[part.section]
    nodes = section.items[part.first : part.first + part.items] if isinstance(section, SequenceNode) else []
    if len(nodes) != part.items or without(tree_of_nodes(nodes), gone) != left:
        was = tree_of(part.alone(before)) or []
        if not isinstance(was, list) or len(was) != part.items:
            raise UnprovenError(_NO_ITEMS)
        if without(was, gone) != left:
            raise UnprovenError(_MORE)
    return len(found) - part.items


_MORE = "more would change than what is named"
_NO_ITEMS = "the list is not one of single items, each below the other"
