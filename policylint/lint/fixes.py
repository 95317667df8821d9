"""The edits that resolve a finding, made from the nodes of the text that it is about."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policylint.edit.splice import Splicer
from policylint.edits import Fix, TextEdit
from policylint.fmt.scalar import text_of
from policylint.model.entity import EXEMPTIONS
from policylint.named_tuple import NamedTuple
from policylint.phrases import quoted
from policylint.regex import regex
from policylint.source import LINE_END, Span
from policylint.syntax.node import MappingNode, ScalarNode, SequenceNode
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policylint.model.entity import Entity
    from policylint.model.policy_set import PolicySet
    from policylint.schema.store import SchemaStore
    from policylint.source import Source
    from policylint.syntax.node import Node

_RULES = regex(r"\[[^\]]*\]")


class _Place(NamedTuple):
    """An item of a list in the text of an object: the list, the mapping that holds it and the key there."""

    holder: MappingNode
    key: str
    sequence: SequenceNode
    number: int


class Fixes:
    """Makes the fixes of what a policy declares. None is returned where the text cannot be changed so.

    A fix that is not `safe` may change which devices have access.
    """

    def __init__(self, policy: PolicySet, store: SchemaStore) -> None:
        self._policy = policy
        self._store = store
        self._splicers: dict[str, Splicer] = {}
        self._places: dict[int, Mapping[int, int]] = {}

    def rewrite(self, entity: Entity, name: str, text: str, *, safe: bool = False) -> Fix | None:
        """Return the fix that writes another text behind a key; None where that would declare another object twice."""
        node = entity.origin.node
        value = node.values.get(name) if node is not None else None
        if node is None or value is None or not self._is_free(entity, name, text):
            return None
        return self._with_text(entity, node, value, text, safe=safe)

    def rewrite_item(self, entity: Entity, name: str, index: int, text: str) -> Fix | None:
        """Return the fix that writes another text as an item of a list, or removes it where the list has that text.

        What is said of the item under `exemptions` is then said of that text.
        """
        place = _item(entity, name, index)
        if place is None:
            return None
        others = [each.text for each in place.sequence.items if isinstance(each, ScalarNode)]
        others.pop(place.number)
        if fold(text) in map(fold, others):
            found = self._without(entity, place, safe=False)
            found = found._replace(title=f"{found.title}: the list has {quoted(text)}") if found is not None else None
        else:
            found = self._with_text(entity, place.sequence, place.sequence.items[place.number], text)
        return found._replace(edits=(*found.edits, *self._said(entity, place, text))) if found is not None else None

    def _with_text(
        self, entity: Entity, holder: MappingNode | SequenceNode, node: Node, text: str, *, safe: bool = False
    ) -> Fix | None:
        splicer = self._splicer(entity)
        if splicer is None or not isinstance(node, ScalarNode) or not (text and text.isprintable()):
            return None
        if splicer.source.text[node.start : node.start + 1] in ("|", ">"):
            return None
        flow = any(splicer.is_flow(each) for each in (holder, entity.origin.node or holder))
        edit = splicer.replace(node.start, node.end, text_of(text, flow=flow))
        return Fix(f"write {quoted(text)}", (edit,), safe)

    def _is_free(self, entity: Entity, name: str, text: str) -> bool:
        """Return whether no other object is declared under the name that this one gets with another setting."""
        described = self._store.object_type(entity.kind)
        after = described.identify({**entity.settings, name: text})
        if after is None:
            return False
        return after[1] == entity.key or after[1] not in self._policy.state.of_kind(entity.kind)

    def without_item(self, entity: Entity, name: str, *indexes: int, safe: bool = False) -> Fix | None:
        """Return the fix that takes items out of a list; None where a list in part would be left with nothing."""
        places = [place for index in indexes if (place := _item(entity, name, index)) is not None]
        if not places or len(places) < len(indexes):
            return None
        first = places[0]
        return self._without(entity, first, *(place.number for place in places[1:]), safe=safe)

    def _without(self, entity: Entity, place: _Place, *more: int, safe: bool) -> Fix | None:
        splicer, gone = self._splicer(entity), (place.number, *more)
        if splicer is None:
            return None
        if len(gone) < len(place.sequence.items):
            edits = tuple(splicer.without_items(place.sequence, gone))
        elif place.holder is entity.origin.node:
            edits = tuple(splicer.without_value(place.holder, place.key))
        else:
            return None
        title = f"remove {quoted(_text(place.sequence.items[place.number]))}"
        return Fix(title if len(gone) == 1 else f"{title}, {len(gone)} times", edits, safe)

    def _said(self, entity: Entity, place: _Place, text: str) -> Iterator[TextEdit]:
        """Yield the edit after which what `exemptions` says of an item is said of another text.

        There is none where something is said of that already, or a list has the item once more.
        """
        holder, old, splicer = (
            entity.origin.node,
            fold(_text(place.sequence.items[place.number])),
            self._splicer(entity),
        )
        node = holder.values.get(EXEMPTIONS) if holder is not None else None
        if splicer is None or holder is None or not isinstance(node, MappingNode) or place.key == "Remove":
            return
        keys = [key for key in node.values if fold(key) == old]
        times = sum(fold(item) == old for name in entity.settings for item in entity.items(name))
        if len(keys) == 1 and times == 1 and fold(text) not in map(fold, node.values):
            flow = any(map(splicer.is_flow, (node, holder)))
            yield splicer.replace(*node.key_at(keys[0]), text_of(text, flow=flow))

    def without_object(self, entity: Entity, *, safe: bool = False) -> Fix | None:
        """Return the fix that takes an object out of its section; None where the section is the object."""
        splicer, node = self._splicer(entity), entity.origin.node
        root, section = self._roots.get(entity.origin.path), self._store.object_type(entity.kind).section
        sequence = root.values.get(section) if root is not None else None
        if splicer is None or node is None or root is None or not isinstance(sequence, SequenceNode):
            return None
        index = self._index(sequence, node)
        if index is None:
            return None
        kept = len(sequence.items) > 1
        edits = splicer.without_items(sequence, (index,)) if kept else splicer.without_value(root, section)
        return Fix(f"remove {quoted(entity.identity)}", tuple(edits), safe)

    def without_setting(self, entity: Entity, name: str, *, safe: bool = False) -> Fix | None:
        """Return the fix that takes a key out of an object, but not the last one."""
        splicer, node = self._splicer(entity), entity.origin.node
        if splicer is None or node is None or name not in node.values or len(node.values) < 2:
            return None
        return Fix(f"remove `{name}`", tuple(splicer.without_keys(node, (name,))), safe)

    def _index(self, sequence: SequenceNode, node: MappingNode) -> int | None:
        if id(sequence) not in self._places:
            self._places[id(sequence)] = {id(item): index for index, item in enumerate(sequence.items)}
        return self._places[id(sequence)].get(id(node))

    @cached_property
    def _roots(self) -> Mapping[str, MappingNode]:
        sources = zip(self._policy.sources, self._policy.roots, strict=False)
        return {source.path: root for source, root in sources}

    def _splicer(self, entity: Entity) -> Splicer | None:
        """Return the editor of the text that declares an object; None of one that comes of an entry for several."""
        path, source = entity.origin.path, entity.origin.source
        if entity.pattern:
            return None
        if path not in self._splicers and source is not None and path in self._roots:
            self._splicers[path] = Splicer(source, self._roots[path])
        return self._splicers.get(path)


def _item(entity: Entity, name: str, index: int) -> _Place | None:
    """Return an item of a list of an object; in a list in part, what is added comes before what is removed."""
    holder = entity.origin.node
    node = holder.values.get(name) if holder is not None else None
    if isinstance(holder, MappingNode) and isinstance(node, SequenceNode):
        return _Place(holder, name, node, index) if index < len(node.items) else None
    if not isinstance(node, MappingNode):
        return None
    added = len(entity.items(name))
    key, place = ("Add", index) if index < added else ("Remove", index - added)
    part = node.values.get(key)
    if not isinstance(part, SequenceNode) or place >= len(part.items):
        return None
    return _Place(node, key, part, place)


def _text(node: Node) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


def without_comment(comment: Span) -> TextEdit:
    """Return the edit that removes a comment at the end of a line, with the whole line where it holds nothing else."""
    source: Source = comment.source
    begin = source.offset_of_line(comment.begin.line)
    before = source.text[begin : comment.start].rstrip(" \t")
    if before:
        return TextEdit(Span(source, begin + len(before), comment.end), "")
    line_end = LINE_END.match(source.text, comment.end)
    return TextEdit(Span(source, begin, line_end.end() if line_end is not None else comment.end), "")


def without_name(comment: Span, names: Iterable[str], gone: str) -> Fix | None:
    """Return the fix that takes a rule out of an ignore comment; where it names no other, the comment goes."""
    left = [name for name in names if name != gone]
    if not left:
        return Fix("remove the comment", (without_comment(comment),), safe=True)
    bracket = _RULES.search(comment.source.text, comment.start, comment.end)
    if bracket is None:
        return None
    edit = TextEdit(Span(comment.source, *bracket.span()), f"[{', '.join(left)}]")
    return Fix(f"remove `{gone}` from the comment", (edit,), safe=True)
