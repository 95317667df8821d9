"""The canonical form of a policy file.

Keys in the order of the schema, two spaces of indentation, lists indented under their key, one blank line between
sections, quotes only where they are needed. Lists keep their order, since people group rules. What is written in
braces or brackets stays so where it fits on a line and holds no comment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from policylint.fmt.scalar import scalar_text, text_of
from policylint.fmt.tree import BLANK, Collection, Entry, build, without_blank_ends
from policylint.regex import regex
from policylint.schema.keywords import list_edit, scalar_or_collection
from policylint.source import LINE_END
from policylint.syntax.node import MappingNode, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.schema.store import Schema, SchemaStore
    from policylint.source import Source

_TO_FIRST_WORD = regex(r"(?:.*\n)*?( *)[^ \n]")
"""The lines of a text up to the first that holds more than spaces, and how that one is indented."""

WIDTH = 120
"""What is written on one line in braces or brackets is no longer than this."""

Lines: TypeAlias = list[str]


def format_text(source: Source, root: MappingNode, store: SchemaStore, identifier: str) -> str:
    """Return the canonical form of a text that its schema admits."""
    head, tree = build(source, root)
    layout = _Layout(source, store)
    if not tree.entries:
        return "".join(f"{line}\n" for line in (*without_blank_ends(tree.after), "{}"))
    lines = [*head]
    schema = store.schema(identifier)
    above = 1 if head else 0
    for number, entry in enumerate(layout.ordered(tree, schema)):
        blank = bool(entry.before) and entry.before[0] == BLANK
        entry.before = without_blank_ends(entry.before, end=False)
        written: Lines = []
        layout.entry(written, entry, layout.below(schema, entry), 0)
        if (number or head) and (blank or max(above, len(written)) > 1 or not number):
            _add(lines, [""])
        lines.extend(written)
        above = len(written)
    if tree.after:
        _add(lines, ["", *without_blank_ends(tree.after)])
    return "\n".join(lines) + "\n"


class _Layout:
    """Writes the entries of one file."""

    def __init__(self, source: Source, store: SchemaStore) -> None:
        self.source = source
        self.store = store
        self._below: dict[tuple[int, bool, str | None], tuple[Schema, Schema]] = {}

    def below(self, schema: Schema, entry: Entry) -> Schema:
        """Return the schema of an entry's value."""
        place = id(schema), entry.owner.is_mapping, entry.key
        found = self._below.get(place)
        if found is None or found[0] is not schema:
            found = self._below[place] = schema, self._found_below(schema, entry)
        return found[1]

    def _found_below(self, schema: Schema, entry: Entry) -> Schema:
        schema = self._branch(schema, entry.owner.is_mapping)
        if not entry.owner.is_mapping:
            return self._resolved(schema.get("items", {}))
        additional = schema.get("additionalProperties")
        found = schema.get("properties", {}).get(entry.key, additional if isinstance(additional, dict) else {})
        return self._resolved(found)

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.store.schema(schema["$ref"])
        return schema

    def _branch(self, schema: Schema, mapping: bool) -> Schema:
        if mapping and (edit := list_edit(schema)) is not None:
            return edit
        kind = "object" if mapping else "array"
        return next((branch for branch in schema.get("oneOf", ()) if branch.get("type") == kind), schema)

    def _scalar(self, entry: Entry, schema: Schema, *, flow: bool) -> str:
        assert isinstance(entry.node, ScalarNode)
        either = scalar_or_collection(schema)
        return scalar_text(entry.node, either[0] if either else schema, flow=flow)

    def ordered(self, collection: Collection, schema: Schema) -> Iterable[Entry]:
        """Return the entries in canonical order: that of the schema for keys, that of the text for items.

        Keys also keep their order where a comment is about a line, which would not be the same line any more.
        """
        if len(collection.entries) < 2 or not collection.is_mapping or collection.pinned:
            return collection.entries
        order = {name: index for index, name in enumerate(self._branch(schema, True).get("properties", {}))}
        return sorted(collection.entries, key=lambda entry: order.get(entry.key or "", len(order)))

    def entry(self, lines: Lines, entry: Entry, schema: Schema, indent: int) -> None:
        """Add the lines of an entry: its comments, its key or dash, its value."""
        margin = " " * indent
        lead = f"{margin}{text_of(entry.key, flow=False)}:" if entry.key is not None else f"{margin}-"
        text = self.inline(entry, schema, None if entry.pinned else WIDTH - len(lead) - 1)
        if text is None and entry.key is None and entry.inner is not None:
            self._collection_under_dash(lines, entry, entry.inner, schema, indent)
            return
        block = self._block(entry)
        _add(lines, _indented(entry.before, margin))
        tail = f"  {entry.trailing}" if entry.trailing else ""
        lines.append(f"{lead}{'' if text is None else ' ' + text}{' ' + block[0] if block else ''}{tail}")
        lines.extend(_indented(block[1:], f"{margin}  "))
        if text is None and entry.inner is not None:
            self._collection(lines, entry.inner, schema, indent + 2)

    def _collection_under_dash(
        self, lines: Lines, entry: Entry, inner: Collection, schema: Schema, indent: int
    ) -> None:
        """Add the lines of a collection that begins on the line of its dash: its first comments go above that line."""
        margin = " " * indent
        below: Lines = []
        self._collection(below, inner, schema, indent + 2)
        first = next(index for index, line in enumerate(below) if line.strip() and not line.lstrip().startswith("#"))
        above = [*entry.before, *filter(None, [entry.trailing]), *(line.strip() for line in below[:first])]
        _add(lines, _indented(above, margin))
        lines.append(f"{margin}- {below[first].lstrip()}")
        lines.extend(below[first + 1 :])

    def _collection(self, lines: Lines, collection: Collection, schema: Schema, indent: int) -> None:
        for number, entry in enumerate(self.ordered(collection, schema)):
            if not number:
                entry.before = without_blank_ends(entry.before, end=False)
            self.entry(lines, entry, self.below(schema, entry), indent)
        after = without_blank_ends(collection.after, begin=False)
        _add(lines, _indented(after, " " * indent))

    def inline(self, entry: Entry, schema: Schema, room: int | None) -> str | None:
        """Return the value of an entry as it is written on one line, None where it takes several."""
        text = self._inline(entry, schema, flow=False)
        if text is None or entry.inner is None or not entry.inner.entries:
            return text
        if room is None:  # the line that a comment is about stays a line, and grows by nothing
            return None if LINE_END.search(self.source.text, entry.start, entry.inner.end) else text
        return text if len(text) <= room else None

    def _inline(self, entry: Entry, schema: Schema, *, flow: bool) -> str | None:
        inner = entry.inner
        if inner is None:
            assert isinstance(entry.node, ScalarNode)
            return None if self._block(entry) else self._scalar(entry, schema, flow=flow)
        if not inner.flow or inner.after:
            return None
        parts = []
        for child in self.ordered(inner, schema):
            text = self._inline(child, self.below(schema, child), flow=True)
            if text is None or child.trailing or any(child.before):
                return None
            parts.append(text if child.key is None else f"{text_of(child.key, flow=True)}: {text}")
        joined = ", ".join(parts)
        return f"{{{joined}}}" if inner.is_mapping else f"[{joined}]"

    def _block(self, entry: Entry) -> Lines:
        """Return the head and the lines of a text in block style, empty where the entry is none.

        A digit in the head says how far the lines are indented, where the first of them begins with a space. What the
        head says of the last line ends follows from the text.
        """
        node = entry.node
        style = self.source.text[node.start : node.start + 1]
        if not isinstance(node, ScalarNode) or node.plain or style not in ("|", ">") or not node.text.strip():
            return []
        raw = LINE_END.split(self.source.text[node.start : node.end])[1:]
        margin = _first_indent("\n".join(raw)) - _first_indent(node.text)
        lines = without_blank_ends([line[margin:] for line in raw], begin=False)
        ends = len(node.text) - len(node.text.rstrip("\n"))
        digit = "2" if next(line for line in lines if line)[0] in " \t" else ""
        return [f"{style}{digit}{'-' if not ends else '+' if ends > 1 else ''}", *lines, *[""] * (ends - 1)]


def _first_indent(text: str) -> int:
    """Return by how many spaces the first line of a text that holds more than spaces is indented."""
    match = _TO_FIRST_WORD.match(text)
    return len(match[1]) if match else 0


def _indented(lines: Lines, margin: str) -> Lines:
    return [margin + line if line else "" for line in lines]


def _add(lines: Lines, added: Lines) -> None:
    """Add lines, but no blank one after a blank one: a text in block style may end in blank lines of its own."""
    blank = bool(lines) and not lines[-1]
    lines.extend(added[1:] if blank and added and not added[0] else added)
