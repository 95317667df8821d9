"""The edits of a policy file that takes up live state: new objects at their places, live values in declared ones."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import partial
from typing import TYPE_CHECKING, Any

from policylint.edit.apply import FileEdits
from policylint.importing.layout import About, Layout, Remarks, text_of_lines, written, written_text
from policylint.importing.selection import LEVELS, in_order
from policylint.importing.splice import Splicer
from policylint.model.entity import ListEdit
from policylint.model.state import RULE
from policylint.syntax.node import MappingNode, SequenceNode
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from policylint.bind.policy import PolicyFile
    from policylint.edit.apply import Path
    from policylint.edits import TextEdit
    from policylint.importing.comparison import Changes
    from policylint.model.entity import Entity, Value
    from policylint.model.state import State
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
        self._inserted: list[int] = []
        self._whole = False
        self._changed: list[tuple[int, str]] = []
        self._added_settings: list[tuple[int, str]] = []
        self.edits: list[TextEdit] = []
        self.insertions: list[TextEdit] = []

    @property
    def old(self) -> Iterator[Path]:
        """Yield the paths of values that are replaced."""
        if self._whole:
            yield (self._type.section,)
        yield from (self._path(index, name) for index, name in self._changed)

    def new(self) -> Iterator[Path]:
        """Yield the paths of values that are new or replaced, in the new text."""
        if self._whole:
            yield (self._type.section,)
        inserted = sorted(self._inserted)
        for place, after in enumerate(inserted):
            yield (self._type.section, after + 1 + place)
        for index, name in (*self._changed, *self._added_settings):
            yield self._path(index + bisect_left(inserted, index), name)

    def _path(self, index: int, name: str) -> Path:
        return (self._type.section, name) if self._type.single else (self._type.section, index, name)

    # New objects

    def add(self, new: Sequence[Entity], remarks: Remarks, declared: State, day: str) -> None:
        """Add objects at their places, each below a comment that says when it was live."""
        node = self._node
        assert isinstance(node, SequenceNode)
        comment = f"from live, {day}"
        if not node.items:
            self._fill(new, remarks, comment)
            return
        layout = Layout(self._type, remarks)
        if self._splicer.is_flow(node):
            texts = [layout.flow(each) for each in new]
            self.insertions.append(self._splicer.append_in_brackets(node, texts, comment))
            self._inserted += [len(node.items) - 1] * len(new)
        else:
            self._insert(node, new, remarks, declared, comment)

    def _fill(self, new: Sequence[Entity], remarks: Remarks, comment: str) -> None:
        """Add objects to a section that has none."""
        self._whole = True
        layout, section = Layout(self._type, remarks), self._type.section
        if self._splicer.is_flow(self._root):
            text = f"[{', '.join(layout.flow(each) for each in new)}]"
            self.insertions.append(self._splicer.replace(self._node.start, self._node.end, text))
            return
        for each in new:
            remarks.above[About(each.key)].insert(0, comment)
        indent = self._splicer.column(self._root.start) + 2
        lines = text_of_lines(line for each in new for line in layout.item(each, indent))
        colon = self._splicer.source.text.index(":", self._root.key_at(section)[1])
        self.insertions.append(self._splicer.replace(colon + 1, self._node.end, ""))
        self.insertions.append(self._splicer.insert(self._splicer.after(self._node, indent), lines))

    def _insert(
        self, node: SequenceNode, new: Sequence[Entity], remarks: Remarks, declared: State, comment: str
    ) -> None:
        """Add objects to a list in block style, in the order and the style that it has."""
        by_node = {id(each.origin.node): each for each in declared.of_kind(self._type.name).values()}
        place_of = _places([by_node[id(item)] for item in node.items])
        spaced = self._is_spaced(node)
        flow = sum(map(self._splicer.is_flow, node.items)) * 2 > len(node.items)
        layout, column = Layout(self._type, remarks), self._splicer.column(node.start)
        for each in new:
            place = place_of(each)
            remarks.above[About(each.key)].insert(0, comment)
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

    # Live values

    def take(self, declared: Entity, changes: Changes, remarks: Remarks, day: str) -> None:
        """Write live values over declared ones, and those that are not declared beside them."""
        mapping = declared.origin.node
        assert isinstance(mapping, MappingNode)
        index = self._index[id(mapping)]
        for name, value in changes.values.items():
            self._changed.append((index, name))
            if isinstance(value, tuple):
                self.edits.extend(self._list(mapping, name, declared.settings[name], changes, remarks, day))
            else:
                flow = self._splicer.is_flow(mapping) or self._splicer.is_flow(self._node)
                text = written(self._type.settings[name], value, flow=flow)
                self.edits.append(self._splicer.whole_value(mapping, name, text))
        self._declare(mapping, index, declared._replace(key=changes.key, settings=changes.undeclared), remarks)

    def _declare(self, mapping: MappingNode, index: int, entity: Entity, remarks: Remarks) -> None:
        order = list(self._type.settings)
        layout = Layout(self._type, remarks)
        empty = not mapping.values
        for name, value in entity.settings.items():
            self._added_settings.append((index, name))
            before = [each for each in mapping.values if each in order and order.index(each) < order.index(name)]
            inline = f"{name}: {written(self._type.settings[name], value, flow=True)}"
            lines = text_of_lines(layout.setting(entity, name, self._splicer.column(mapping.start)))
            after = max(before, key=order.index, default=next(reversed(mapping.values), None))
            if empty and name != next(iter(entity.settings)):
                inline = f", {inline}"
            self.edits.append(self._splicer.settings(mapping, after, lines, inline))

    def _list(
        self, mapping: MappingNode, name: str, declared: Value, changes: Changes, remarks: Remarks, day: str
    ) -> Iterator[TextEdit]:
        """Yield the edits that make a declared list the live one, item by item where it is a plain one with items."""
        node, setting, live = mapping.values[name], self._type.settings[name], changes.values[name]
        assert isinstance(declared, tuple)
        assert isinstance(live, tuple)
        known = set(map(fold, live))
        kept = [item for item in declared if fold(item) in known]
        if isinstance(declared, ListEdit):
            out = [item for item in declared.remove if fold(item) not in known]
            parts = {verb: tuple(items) for verb, items in (("Add", kept), ("Remove", out)) if items}
            text = ", ".join(f"{verb}: {written(setting, items)}" for verb, items in parts.items())
            yield self._splicer.whole_value(
                mapping, name, f"{{{text}}}" if parts else written(setting, live, flow=True)
            )
            return
        mine = set(map(fold, declared))
        added = [] if changes.additive else [item for item in live if fold(item) not in mine]
        abouts = [About(changes.key, name, item) for item in added]
        layout = Layout(self._type, remarks)
        for about in abouts:
            remarks.above[about].insert(0, f"from live, {day}")
        if not isinstance(node, SequenceNode) or not kept:
            if any(remarks.beside.get(about) for about in abouts) and not self._splicer.is_flow(mapping):
                indent = self._splicer.column(mapping.start) + 2
                text = text_of_lines(line for about in abouts for line in layout.list_item(about, indent))
                yield from self._splicer.lines_as_value(mapping, name, text)
            else:
                yield self._splicer.whole_value(mapping, name, written(setting, (*kept, *added), flow=True))
            return
        gone = [number for number, item in enumerate(declared) if fold(item) not in known]
        yield from self._splicer.without_items(node, gone)
        if self._splicer.is_flow(node):
            last = max(number for number, item in enumerate(declared) if fold(item) in known)
            if added:
                text = "".join(f", {written_text(item, flow=True)}" for item in added)
                yield self._splicer.insert(node.items[last].end, text)
            return
        for item, about in zip(added, abouts, strict=True):
            text = text_of_lines(layout.list_item(about, self._splicer.column(node.start)))
            yield self._splicer.insert(self._item_offset(node, declared, item), text)

    def _item_offset(self, node: SequenceNode, declared: Sequence[str], new: str) -> int:
        """Return where an item goes in a list in block style: to its place where the list is in order, else last."""
        keys = [natural(item) for item in declared]
        place = bisect_right(keys, natural(new)) - 1 if keys == sorted(keys) else len(keys) - 1
        if place < 0:
            return self._splicer.above_item(node, 0)
        return self._splicer.after(node.items[place], self._splicer.column(node.start))


def _places(there: Sequence[Entity]) -> Callable[[Entity], int]:
    """Return what says behind which of some objects a new one goes; -1 is before all.

    It keeps the order that they are in; where they are in none, it goes behind the last one.
    """
    for order in _ORDERS.get(there[0].kind, (in_order,)):
        keys = [order(each) for each in there]
        if keys == sorted(keys):
            return partial(_behind, keys, order)
    return lambda _new: len(there) - 1


def _behind(keys: Sequence[Any], order: Callable[[Entity], Any], new: Entity) -> int:
    return bisect_right(keys, order(new)) - 1
