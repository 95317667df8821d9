"""The edits of a policy file: new objects at their places, other values in declared ones, objects that go."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import partial
from typing import TYPE_CHECKING, Any

from policylint.edit.apply import FileEdits
from policylint.edit.layout import (
    About,
    Layout,
    Line,
    Remarks,
    text_of_lines,
    written,
    written_note,
)
from policylint.edit.order import LEVELS, in_order
from policylint.edit.splice import Splicer
from policylint.edit.values import Values, folded
from policylint.model.entity import EMPTY, EXEMPTIONS, removed_items, written_items
from policylint.model.state import RULE
from policylint.syntax.node import MappingNode, SequenceNode
from policylint.text import natural

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.bind.policy import PolicyFile
    from policylint.edit.apply import Path
    from policylint.edits import TextEdit
    from policylint.model.entity import Entity
    from policylint.model.policy_set import PolicySet
    from policylint.schema.store import ObjectType

_ORDERS: Mapping[str, tuple[Callable[[Entity], Any], ...]] = {
    RULE: (
        in_order,
        lambda rule: (rule.text("Characteristic"), natural(rule.text("QueryString"))),
        lambda rule: natural(rule.text("QueryString")),
    )
}
"""The orders that people keep objects of a kind in, the usual one first; of other kinds it is that of the names."""


class FileWork:
    """The edits of one file, section by section."""

    def __init__(self, file: PolicyFile) -> None:
        self.file = file
        self.splicer = Splicer(file.source, file.node)
        self._sections: dict[str, SectionWork] = {}

    def size_of(self, section: str) -> int:
        """Return how many objects of a section the file has."""
        node = self.file.node.values[section]
        return len(node.items) if isinstance(node, SequenceNode) else 1

    def section(self, described: ObjectType) -> SectionWork:
        """Return the edits of a section that the file has."""
        if described.section not in self._sections:
            self._sections[described.section] = SectionWork(self, described)
        return self._sections[described.section]

    @property
    def is_changed(self) -> bool:
        """Return whether there is an edit."""
        return any(each.edits or each.insertions for each in self._sections.values())

    def edits(self) -> FileEdits:
        """Return the edits with the values that they may change."""
        parts = self._sections.values()
        return FileEdits(
            self.file,
            tuple(edit for each in parts for edit in (*each.edits, *each.insertions)),
            frozenset(path for each in parts for path in each.old),
            frozenset(path for each in parts for path in each.new()),
        )


class SectionWork:
    """The edits of a section of a file: new objects, and live values in the place of declared ones."""

    def __init__(self, work: FileWork, described: ObjectType) -> None:
        self._type = described
        self._splicer = work.splicer
        self._root = work.file.node
        self._node = work.file.node.values[described.section]
        items = self._node.items if isinstance(self._node, SequenceNode) else [self._node]
        self._index = {id(node): number for number, node in enumerate(items)}
        self._values = Values(work.splicer, described, flow=work.splicer.is_flow(self._node))
        self._inserted: list[int] = []
        self._gone: list[int] = []
        self._whole = False
        self._changed: list[tuple[int, str]] = []
        self._removed: list[tuple[int, str]] = []
        self._added_settings: list[tuple[int, str]] = []
        self.edits: list[TextEdit] = []
        self.insertions: list[TextEdit] = []

    @property
    def old(self) -> Iterator[Path]:
        """Yield the paths of values that are replaced or gone."""
        if self._whole:
            yield (self._type.section,)
        yield from ((self._type.section, index) for index in self._gone)
        yield from (self._path(index, name) for index, name in (*self._changed, *self._removed))

    def new(self) -> Iterator[Path]:
        """Yield the paths of values that are new or replaced, in the new text."""
        if self._whole:
            yield (self._type.section,)
        inserted, gone = sorted(self._inserted), sorted(self._gone)
        for place, after in enumerate(inserted):
            yield (self._type.section, after + 1 + place - bisect_right(gone, after))
        for index, name in (*self._changed, *self._added_settings):
            yield self._path(index + bisect_left(inserted, index) - bisect_left(gone, index), name)

    def _path(self, index: int, name: str) -> Path:
        return (self._type.section, name) if self._type.single else (self._type.section, index, name)

    # New objects

    def add(self, new: Sequence[Entity], remarks: Remarks, declared: PolicySet) -> None:
        """Add objects at their places, each below the remarks on it."""
        node = self._node
        assert isinstance(node, SequenceNode)
        if not node.items:
            self._fill(new, remarks)
            return
        layout = Layout(self._type, remarks)
        if self._splicer.is_flow(node):
            texts = [(layout.flow(each), remarks.above.get(About(each.key), ())) for each in new]
            self.insertions.append(self._splicer.append_in_brackets(node, texts))
            self._inserted += [len(node.items) - 1] * len(new)
        else:
            self._insert(node, new, layout, declared)

    def _fill(self, new: Sequence[Entity], remarks: Remarks) -> None:
        """Add objects to a section that has none."""
        self._whole = True
        layout, section = Layout(self._type, remarks), self._type.section
        if self._splicer.is_flow(self._root):
            text = f"[{', '.join(layout.flow(each) for each in new)}]"
            self.insertions.append(self._splicer.replace(self._node.start, self._node.end, text))
            return
        indent = self._splicer.column(self._root.start) + 2
        lines = text_of_lines(line for each in new for line in layout.item(each, indent))
        colon = self._splicer.source.text.index(":", self._root.key_at(section)[1])
        self.insertions.append(self._splicer.replace(colon + 1, self._node.end, ""))
        self.insertions.append(self._splicer.insert(self._splicer.after(self._node, indent), lines))

    def _insert(self, node: SequenceNode, new: Sequence[Entity], layout: Layout, declared: PolicySet) -> None:
        """Add objects to a list in block style, in the order and the style that it has."""
        entries = (pattern.entry for pattern in declared.patterns)
        by_node = {id(each.origin.node): each for each in (*declared.state.of_kind(self._type.name).values(), *entries)}
        place_of, order = _places([by_node[id(item)] for item in node.items])
        spaced = self._is_spaced(node)
        flow = sum(map(self._splicer.is_flow, node.items)) * 2 > len(node.items)
        column = self._splicer.column(node.start)
        for each in sorted(new, key=order) if order is not None else new:
            place = place_of(each)
            text = text_of_lines(layout.item(each, column, flow=flow))
            offset, leads = self._offset(node, place, LEVELS.get(each.text("AccessLevel")))
            if spaced:
                text = f"{text}\n" if leads else f"\n{text}"
            self.insertions.append(self._splicer.insert(offset, text))
            self._inserted.append(place)

    def _offset(self, node: SequenceNode, place: int, group: str | None) -> tuple[int, bool]:
        """Return where an object goes behind another, and whether it leads what follows.

        It leads the objects below the comment that is the word of its group.
        """
        first, end = self._splicer.before_item(node, place)
        for number in range(first, end):
            if group is not None and self._splicer.source.line(number).strip(" #").lower() == group:
                return self._splicer.line_offset(number + 1), True
        return self._splicer.line_offset(first), place < 0

    def _is_spaced(self, node: SequenceNode) -> bool:
        """Return whether objects are apart by blank lines."""
        if len(node.items) < 2:
            return False
        first, end = self._splicer.before_item(node, 0)
        return any(not self._splicer.source.line(number).strip() for number in range(first, end))

    # Other values

    def replace(self, before: Entity, after: Entity, remarks: Remarks) -> None:
        """Write what is said of a declared object anew: only where it differs, each list item by item.

        The key of `after` is that of the remarks. Remarks on items are comments above them.
        """
        mapping = before.origin.node
        assert isinstance(mapping, MappingNode)
        index, count = self._index[id(mapping)], len(self.edits)
        gone = [name for name in before.settings if name not in after.settings]
        gone += [name for name in before.notes if name not in after.notes]
        for name, old in before.settings.items():
            new = after.settings.get(name)
            if name in after.settings and (old != new or removed_items(old) != removed_items(new)):
                self._changed.append((index, name))
                changed = after._replace(settings={name: new})
                self.edits.extend(self._values.changed(mapping, name, old, changed, remarks))
        for name, text in before.notes.items():
            if after.notes.get(name, text) != text:
                self._changed.append((index, name))
                self.edits.append(self._splicer.whole_value(mapping, name, written_note(after.notes[name])))
        if before.exemptions and not after.exemptions:
            gone.append(EXEMPTIONS)
        elif before.exemptions and before.exemptions != folded(after.exemptions):
            self._changed.append((index, EXEMPTIONS))
            self.edits.extend(self._values.exemptions(mapping, before, after))
        new_settings = {name: each for name, each in after.settings.items() if name not in before.settings}
        new_notes = {name: text for name, text in after.notes.items() if name not in before.notes}
        exemptions = after.exemptions if not before.exemptions else EMPTY
        self._removed += [(index, name) for name in gone]
        if gone:
            self._without_keys(mapping, gone, count)
        added = after._replace(settings=new_settings, notes=new_notes, exemptions=exemptions)
        self._declare(mapping, index, added, remarks, gone)

    def _without_keys(self, mapping: MappingNode, gone: Collection[str], count: int) -> None:
        """Take keys out of an object; a comment that an edit from `count` on puts inside goes above all of it."""
        removals = list(self._splicer.without_keys(mapping, gone))
        begin = self._splicer.line_offset(self._splicer.source.position(mapping.start).line)
        for number, edit in enumerate(self.edits[count:], start=count):
            inside = any(each.span.start < edit.span.start < each.span.end for each in removals)
            if inside and edit.text.lstrip(" ").startswith("#"):
                self.edits[number] = self._splicer.insert(begin, edit.text)
        self.edits += removals

    def _declare(
        self, mapping: MappingNode, index: int, entity: Entity, remarks: Remarks, gone: Collection[str] = ()
    ) -> None:
        """Add settings and notes to an object, each behind what it follows in the order of the schema."""
        order = list(self._type.schema.get("properties", self._type.settings))
        layout = Layout(self._type, remarks)
        empty = not mapping.values
        kept = [each for each in mapping.values if each in order and each not in gone]
        column = self._splicer.column(mapping.start)
        parts = [
            (
                name,
                f"{name}: {written(self._type.settings[name], value, flow=True)}",
                layout.setting(entity, name, column),
            )
            for name, value in entity.settings.items()
        ]
        texts = layout.notes(entity)
        parts += [(name, text, [Line(f"{' ' * column}{text}")]) for name, text in texts.items()]
        for number, (name, inline, lines) in enumerate(parts):
            self._added_settings.append((index, name))
            before = [each for each in kept if order.index(each) < order.index(name)]
            after = max(before, key=order.index, default=next(reversed(kept), None))
            if empty and number:
                inline = f", {inline}"
            self.edits.append(self._splicer.settings(mapping, after, text_of_lines(lines), inline))
        flow = self._splicer.is_flow(mapping)
        for name, value in entity.settings.items() if flow else ():
            for item in written_items(value):
                for text in remarks.above.get(About(entity.key, name, item), ()):
                    self.edits.append(self._splicer.remark(mapping.start, text))

    def remove(self, objects: Iterable[Entity]) -> None:
        """Take declared objects out of the section, with the comments right above them."""
        node, gone = self._node, [self._index[id(each.origin.node)] for each in objects]
        assert isinstance(node, SequenceNode)
        if len(gone) == len(node.items):
            self._whole = True
            self.edits.extend(self._splicer.without_value(self._root, self._type.section))
            return
        self._gone += gone
        self.edits.extend(self._splicer.without_items(node, gone))


def _places(there: Sequence[Entity]) -> tuple[Callable[[Entity], int], Callable[[Entity], Any] | None]:
    """Return what says behind which of some objects a new one goes, -1 for before all; and the order, if there is one.

    It keeps the order that they are in; where they are in none, it goes behind the last one.
    """
    for order in _ORDERS.get(there[0].kind, (in_order,)):
        keys = [order(each) for each in there]
        if keys == sorted(keys):
            return partial(_behind, keys, order), order
    return (lambda _new: len(there) - 1), None


def _behind(keys: Sequence[Any], order: Callable[[Entity], Any], new: Entity) -> int:
    return bisect_right(keys, order(new)) - 1
