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
    written_exemptions,
    written_list,
    written_note,
    written_notes,
    written_text,
)
from policylint.edit.order import LEVELS, in_order
from policylint.edit.splice import Splicer
from policylint.model.entity import EMPTY, EXEMPTIONS, ListEdit, removed_items, written_items
from policylint.model.state import RULE
from policylint.syntax.node import MappingNode, ScalarNode, SequenceNode
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from policylint.bind.policy import PolicyFile
    from policylint.edit.apply import Path
    from policylint.edits import TextEdit
    from policylint.model.entity import Entity, Value
    from policylint.model.policy_set import PolicySet
    from policylint.schema.store import ObjectType
    from policylint.syntax.node import Node

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
                self.edits.extend(self._value(mapping, name, old, after._replace(settings={name: new}), remarks))
        for name, text in before.notes.items():
            if after.notes.get(name, text) != text:
                self._changed.append((index, name))
                self.edits.append(self._splicer.whole_value(mapping, name, written_note(after.notes[name])))
        if before.exemptions and not after.exemptions:
            gone.append(EXEMPTIONS)
        elif before.exemptions and before.exemptions != _folded(after.exemptions):
            self._changed.append((index, EXEMPTIONS))
            self.edits.extend(self._exemptions(mapping, before, after))
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

    def _value(
        self, mapping: MappingNode, name: str, old: Value, after: Entity, remarks: Remarks
    ) -> Iterator[TextEdit]:
        """Yield the edits that write another value of a setting."""
        node, new = mapping.values[name], after.settings[name]
        if isinstance(old, ListEdit) and isinstance(new, ListEdit) and isinstance(node, MappingNode):
            yield from self._verbs(node, old, new, About(after.key, name), remarks)
        elif isinstance(old, tuple) and isinstance(new, tuple) and type(old) is type(new):
            yield from self._list(mapping, name, old, new, About(after.key, name), remarks)
        elif isinstance(new, ListEdit) and isinstance(node, SequenceNode) and self._keeps_lines(node, old, new):
            yield from self._in_part(mapping, name, node, new)
        else:
            flow = self._splicer.is_flow(mapping) or self._splicer.is_flow(self._node)
            yield self._splicer.whole_value(mapping, name, written(self._type.settings[name], new, flow=flow))

    def _keeps_lines(self, node: SequenceNode, old: Value, new: ListEdit) -> bool:
        """Return whether a list in block style becomes one in part that adds some of its items and no others."""
        return (
            not self._splicer.is_flow(node) and bool(new) and set(map(fold, new)) <= set(map(fold, written_items(old)))
        )

    def _in_part(self, mapping: MappingNode, name: str, node: SequenceNode, new: ListEdit) -> Iterator[TextEdit]:
        """Yield the edits that make a list in block style one in part: what stays keeps its lines, below `Add`."""
        splicer, known = self._splicer, set(map(fold, new))
        column = splicer.column(mapping.start)
        margin = " " * (column + 2)
        gone = [number for number, item in enumerate(node.items) if fold(_text_of(item)) not in known]
        removals = list(splicer.without_items(node, gone)) if gone else []
        first, end = splicer.source.position(mapping.key_at(name)[1]).line + 1, splicer.after(node, column)
        yield splicer.insert(splicer.line_offset(first), f"{margin}Add:\n")
        for number in range(first, splicer.source.position(node.items[-1].end).line + 1):
            offset = splicer.line_offset(number)
            is_gone = any(edit.span.start <= offset < edit.span.end for edit in removals)
            if offset < end and not is_gone and splicer.source.line(number).strip():
                yield splicer.insert(offset, "  ")
        yield from removals
        if new.remove:
            yield splicer.insert(end, f"{margin}Remove: {written_list(new.remove)}\n")

    def _verbs(
        self, node: MappingNode, old: ListEdit, new: ListEdit, about: About, remarks: Remarks
    ) -> Iterator[TextEdit]:
        """Yield the edits of what a list in part adds and of what it removes."""
        self._keep_comments(node.values.get("Remove"), old, new, about, remarks)
        parts = {"Add": (tuple(old), tuple(new)), "Remove": (old.remove, new.remove)}
        there = [verb for verb in parts if verb in node.values]
        gone = [verb for verb in there if not parts[verb][1]]
        if len(gone) == len(there):
            gone = gone[:-1] if all(not items for _, items in parts.values()) else gone
        for verb, (before, items) in parts.items():
            if verb in node.values and verb not in gone and before != items:
                yield from self._list(node, verb, before, items, about, remarks)
        added = {verb: items for verb, (_, items) in parts.items() if items and verb not in node.values}
        if len(gone) == len(there):  # the other verb takes the place of the only one
            verb, items = next(iter(added.items()))
            (old_verb,) = there
            yield self._splicer.replace(*node.key_at(old_verb), verb)
            yield from self._list(node, old_verb, parts[old_verb][0], items, about, Remarks())
            yield from self._remarks_of(node.start, added.get("Add", ()), about, remarks)
            return
        if gone:
            yield from self._splicer.without_keys(node, gone)
        for verb, items in added.items():
            text = f"{verb}: {written_list(items)}"
            margin = " " * self._splicer.column(node.start)
            after = next(reversed([each for each in node.values if each not in gone]))
            above = [each for item in items for each in remarks.above.get(about._replace(item=item), ())]
            lines = "".join(f"{margin}# {each}\n" for each in above)
            yield self._splicer.settings(node, after, f"{lines}{margin}{text}\n", text)
            if self._splicer.is_flow(node):
                yield from self._remarks_of(node.start, items, about, remarks)

    def _keep_comments(
        self, removed: Node | None, old: ListEdit, new: ListEdit, about: About, remarks: Remarks
    ) -> None:
        """Make the comments of an item that is no longer removed but added remarks on it."""
        if not isinstance(removed, SequenceNode) or self._splicer.is_flow(removed):
            return
        there, added = set(map(fold, old)), {fold(item): item for item in new}
        for number, item in enumerate(old.remove):
            name = added.get(fold(item))
            if name is not None and fold(item) not in there:
                texts = self._splicer.comments_of_item(removed, number)
                remarks.above[about._replace(item=name)][:0] = texts

    def _exemptions(self, mapping: MappingNode, before: Entity, after: Entity) -> Iterator[TextEdit]:
        """Yield the edits of what is said of single items."""
        node = mapping.values[EXEMPTIONS]
        assert isinstance(node, MappingNode)
        wanted = _folded(after.exemptions)
        gone = [item for item in node.values if fold(item) not in wanted]
        changed = [item for item in node.values if wanted.get(fold(item)) not in (None, before.exemptions[fold(item)])]
        added = {item: notes for item, notes in after.exemptions.items() if fold(item) not in before.exemptions}
        for item in changed:
            for text in self._lost_comments(node, item):
                yield self._splicer.remark(node.key_at(item)[0], text)
            yield self._splicer.whole_value(node, item, written_notes(wanted[fold(item)]))
        if len(gone) == len(node.values):
            for text in self._lost_comments(mapping, EXEMPTIONS):
                yield self._splicer.remark(mapping.key_at(EXEMPTIONS)[0], text)
            yield self._splicer.whole_value(mapping, EXEMPTIONS, written_exemptions(after.exemptions))
            return
        if gone:
            yield from self._splicer.without_keys(node, gone)
        last = next(reversed([each for each in node.values if each not in gone]))
        margin = " " * self._splicer.column(node.start)
        for item, notes in added.items():
            text = f"{written_text(item, flow=True)}: {written_notes(notes)}"
            yield self._splicer.settings(node, last, f"{margin}{text}\n", text)

    def _lost_comments(self, mapping: MappingNode, key: str) -> Sequence[str]:
        """Return what the comments inside of a key's value say that is written anew."""
        splicer, node = self._splicer, mapping.values[key]
        if splicer.is_flow(node):
            return splicer.comments_in(node.start, node.end)
        last = splicer.source.position(node.end).line
        return splicer.comments_in(mapping.key_at(key)[1], splicer.line_offset(last + 1))

    def _list(
        self,
        mapping: MappingNode,
        name: str,
        old: Sequence[str],
        new: Sequence[str],
        about: About,
        remarks: Remarks,
    ) -> Iterator[TextEdit]:
        """Yield the edits that make a list another one: item by item where something stays."""
        node, known = mapping.values[name], set(map(fold, new))
        kept = [item for item in old if fold(item) in known]
        mine = set(map(fold, old))
        added = [item for item in new if fold(item) not in mine]
        abouts = [about._replace(item=item) for item in added]
        layout, place = Layout(self._type, remarks), mapping.key_at(name)[0]
        if not isinstance(node, SequenceNode) or not kept:
            if any(remarks.beside.get(each) for each in abouts) and not self._splicer.is_flow(mapping):
                indent = self._splicer.column(mapping.start) + 2
                text = text_of_lines(line for each in abouts for line in layout.list_item(each, indent))
                yield from self._splicer.lines_as_value(mapping, name, text)
            else:
                text = written_list(new)
                yield self._splicer.whole_value(mapping, name, text)
                yield from self._remarks_of(place, added, about, remarks)
            return
        gone = [number for number, item in enumerate(old) if fold(item) not in known]
        yield from self._splicer.without_items(node, gone)
        if self._splicer.is_flow(node):
            last = max(number for number, item in enumerate(old) if fold(item) in known)
            fixed = bool(gone) or self._splicer.has_comment(node.start, node.end)
            yield from self._in_brackets(node, [(last, item) for item in added] if fixed else _placed(old, added))
            yield from self._remarks_of(place, added, about, remarks)
            return
        column = self._splicer.column(node.start)
        for number, item in _placed(old, added):
            text = text_of_lines(layout.list_item(about._replace(item=item), column))
            first = self._splicer.above_item(node, 0) if number < 0 else self._splicer.after(node.items[number], column)
            yield self._splicer.insert(first, text)

    def _in_brackets(self, node: SequenceNode, added: Iterable[tuple[int, str]]) -> Iterator[TextEdit]:
        """Yield the edits that put items behind others in brackets; -1 is before all."""
        for number, item in added:
            text = written_text(item, flow=True)
            if number < 0:
                yield self._splicer.insert(node.items[0].start, f"{text}, ")
            else:
                yield self._splicer.insert(node.items[number].end, f", {text}")

    def _remarks_of(self, offset: int, items: Iterable[str], about: About, remarks: Remarks) -> Iterator[TextEdit]:
        """Yield comments on items above the line of an offset, as there is no line of theirs."""
        for item in items:
            for text in remarks.above.get(about._replace(item=item), ()):
                yield self._splicer.remark(offset, text)

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


def _placed(declared: Sequence[str], new: Sequence[str]) -> Sequence[tuple[int, str]]:
    """Return new items of a list, each with the number of the one that it goes behind, -1 for before all.

    Where the list is in order, so are they, each at its place; else they go last as they come.
    """
    keys = [natural(item) for item in declared]
    if len(keys) < 2 or keys != sorted(keys):
        return [(len(keys) - 1, item) for item in new]
    return [(bisect_right(keys, natural(item)) - 1, item) for item in sorted(new, key=natural)]


def _text_of(node: Node) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


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


def _folded(exemptions: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    return {fold(item): notes for item, notes in exemptions.items()}
