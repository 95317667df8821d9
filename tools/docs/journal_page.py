"""docs/journal.md: each member of a line of the journal, from its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.docs.markdown import escape, generated_from, page, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.schema.store import Schema, SchemaStore

_INTRO = """\
The converging script appends to its [journal](scripts.md#output-and-journal) one JSON object per line, and
[a rollback](scripts.md#going-back) is planned from it."""


def journal_page(store: SchemaStore) -> str:
    """Return the reference of the journal that the converging script writes."""
    schema = store.schema("policylint:output/journal-v1")
    parts = [
        "# The journal",
        generated_from("`schemas/output/journal-v1.schema.json`"),
        _INTRO,
        escape(schema["description"]),
    ]
    return page(*parts, *_tables("A line", schema))


def _tables(title: str, schema: Schema) -> Iterator[str]:
    """Yield the table of the members of an object, and then those of the objects in it."""
    rows = [
        (f"`{name}`", _words(member), escape(member.get("description", "")))
        for name, member in schema["properties"].items()
    ]
    yield f"## {title}"
    yield table(("member", "value", "means"), rows)
    for name, member in schema["properties"].items():
        inner = member.get("items", member)
        if "properties" in inner:
            yield from _tables(f"`{name}`", inner)


def _words(schema: Schema) -> str:
    """Return what a value may be: its types, or the texts."""
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{text}`" for text in schema.get("enum", [schema.get("const")]))
    types = schema["type"]
    return " or ".join(types if isinstance(types, list) else [types])
