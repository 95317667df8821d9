"""The edits of the values of a declared object: lists item by item, other values as a whole."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from policylint.edit.layout import (
    About,
    Layout,
    Remarks,
    text_of_lines,
    written,
    written_exemptions,
    written_list,
    written_notes,
    written_text,
)
from policylint.model.entity import EXEMPTIONS, ListEdit, written_items
from policylint.syntax.node import MappingNode, ScalarNode, SequenceNode
from policylint.text import fold, natural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policylint.edit.splice import Splicer
    from policylint.edits import TextEdit
    from policylint.model.entity import Entity, Value
    from policylint.schema.store import ObjectType
    from policylint.syntax.node import Node


class Values:
    """The edits that make values of the objects of a section other ones; `flow` is for a section in brackets."""

    def __init__(self, splicer: Splicer, described: ObjectType, *, flow: bool) -> None:
        self._splicer = splicer
        self._type = described
        self._flow = flow

    def changed(
        self, mapping: MappingNode, name: str, old: Value, after: Entity, remarks: Remarks
    ) -> Iterator[TextEdit]:
        """Yield the edits that write another value of a setting, that of `after`."""
        node, new, about = mapping.values[name], after.settings[name], About(after.key, name)
        if isinstance(old, ListEdit) and isinstance(new, ListEdit) and isinstance(node, MappingNode):
            yield from self._verbs(node, old, new, about, remarks)
        elif isinstance(old, tuple) and isinstance(new, tuple) and type(old) is type(new):
            yield from self._list(mapping, name, old, new, about, remarks)
        elif isinstance(new, ListEdit) and isinstance(node, SequenceNode) and self._keeps_lines(node, old, new):
            yield from self._in_part(mapping, name, node, new)
        else:
            flow = self._flow or self._splicer.is_flow(mapping)
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

    def exemptions(self, mapping: MappingNode, before: Entity, after: Entity) -> Iterator[TextEdit]:
        """Yield the edits of what is said of single items."""
        node = mapping.values[EXEMPTIONS]
        assert isinstance(node, MappingNode)
        wanted = folded(after.exemptions)
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


def folded(exemptions: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """Return what is said of single items, by the folded item."""
    return {fold(item): notes for item, notes in exemptions.items()}
