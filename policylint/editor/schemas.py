"""The part of a schema that is about a place of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.schema.keywords import list_edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.editor.place import Path
    from policylint.schema.store import Schema, SchemaStore


class Part(NamedTuple):
    """A part of a schema, and the page at Microsoft about the object that it is in, if there is one."""

    schema: Schema
    source: str | None = None


def part_at(store: SchemaStore, identifier: str, path: Path) -> Part | None:
    """Return the part of a schema that is about a path of keys and items, None where it admits none."""
    part = Part(store.schema(identifier))
    for step in path:
        found = next(_below(store, part, step), None)
        if found is None:
            return None
        part = found
    return part


def forms(store: SchemaStore, schema: Schema) -> Iterator[Schema]:
    """Yield the forms that a value may have: the schema itself, with what it refers to, and each of several."""
    if "$ref" in schema:
        yield from forms(store, store.schema(schema["$ref"]))
        return
    yield schema
    for branch in schema.get("oneOf", ()):
        if branch.keys() != {"required"}:
            yield from forms(store, branch)
    if (edit := list_edit(schema)) is not None:
        yield edit


def objects(store: SchemaStore, schema: Schema) -> Iterable[Schema]:
    """Return the forms of a value that are mappings."""
    return [each for each in forms(store, schema) if "properties" in each or each.get("type") == "object"]


def _below(store: SchemaStore, part: Part, step: str | int) -> Iterator[Part]:
    """Yield the parts that a step of a path leads to."""
    for form in forms(store, part.schema):
        source = form.get("exchange", {}).get("source", part.source)
        if isinstance(step, int):
            if "items" in form:
                yield Part(form["items"], source)
        elif step in form.get("properties", {}):
            yield Part(form["properties"][step], source)
        elif isinstance(form.get("additionalProperties"), dict):
            yield Part(form["additionalProperties"], source)
