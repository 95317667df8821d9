"""Schemas for editors: one document each, in the dialect that editors know, with hover text.

An editor's parser gives a scalar its type before any schema is asked, where policylint lets the schema do so. So a
text here is also what YAML 1.2 takes for a number, true or false: `QueryString: 16.10`. Whatever policylint admits,
these schemas admit; ranges of sizes and times are left to `policylint lint`.

Source: https://github.com/redhat-developer/yaml-language-server (draft-07, `defaultSnippets`, `markdownDescription`)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.schema.validate import is_nullable, kind_of
from policylint.schema.words import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.schema.store import Schema, SchemaStore

_TIMESPAN = r"^(?:[0-9]{1,8}\.)?(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"
_SIZE = r"^[0-9]{1,15} ?(?:[BbKkMmGg]|[KkMmGg][Bb])?$"
_ADDRESS = r"^[^\s@<>,;]+@[^\s@<>,;]+$"
_UNLIMITED = {"const": "Unlimited"}
_KEPT = ("title", "default", "minLength", "maxLength", "pattern", "minimum", "maximum", "minItems", "examples")


def editor_schema(store: SchemaStore, identifier: str, edition: str | None = None) -> Schema:
    """Return a schema for editors, whole in itself; settings that an edition does not have are left out."""
    return _Editor(store, edition).document(identifier)


class _Editor:
    def __init__(self, store: SchemaStore, edition: str | None) -> None:
        self.store = store
        self.edition = edition
        self.definitions: dict[str, Schema] = {}

    def document(self, identifier: str) -> Schema:
        schema = self.store.schema(identifier)
        body = self._value(schema)
        found = {"$schema": "http://json-schema.org/draft-07/schema#", "title": schema["title"], **body}
        return found | ({"definitions": self.definitions} if self.definitions else {})

    def _value(self, schema: Schema, source: str | None = None) -> Schema:
        words = _hover(schema, source)
        if "$ref" in schema:
            return {"$ref": self._definition(schema["$ref"]), **words}
        if "properties" in schema or schema.get("type") == "object":
            return words | self._object(schema)
        if schema.get("type") == "array":
            return words | self._list(schema)
        lists = [branch for branch in schema.get("oneOf", ()) if branch.get("type") == "array"]
        if lists:
            others = [branch for branch in schema["oneOf"] if branch.get("type") != "array"]
            return words | {"anyOf": [*(_scalar(branch, kind_of(schema)) for branch in others), self._list(lists[0])]}
        return words | _scalar(schema, kind_of(schema))

    def _definition(self, identifier: str) -> str:
        name = identifier.rpartition("/")[2]
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._value(self.store.schema(identifier))
        return f"#/definitions/{name}"

    def _object(self, schema: Schema) -> Schema:
        source = schema.get("exchange", {}).get("source")
        properties: dict[str, Schema] = {}
        for name, prop in schema.get("properties", {}).items():
            exchange = prop.get("exchange", {})
            if self.edition is not None and self.edition not in exchange.get("editions", (self.edition,)):
                continue
            properties[name] = self._value(prop, source if exchange else None)
            if "legacyName" in exchange:
                properties[exchange["legacyName"]] = _legacy(exchange["legacyName"], name)
        found: Schema = {"type": "object", "properties": properties}
        if "required" in schema:
            found["required"] = schema["required"]
        more = schema.get("additionalProperties", True)
        found["additionalProperties"] = self._value(more) if isinstance(more, dict) else more
        return found

    def _list(self, schema: Schema) -> Schema:
        items = schema["items"]
        found: Schema = {"type": "array", "items": self._value(items)}
        if "minItems" in schema:
            found["minItems"] = schema["minItems"]
        if schema.get("exchange", {}).get("kind") == "strings":
            found["type"] = ["array", "null"]
        if "$ref" in items:
            entry = self.store.schema(items["$ref"])
            label = f"new {entry['title'][0].lower()}{entry['title'][1:]}"
            found["defaultSnippets"] = [{"label": label, "body": _snippet(entry)}]
        return found


def _scalar(schema: Schema, kind: str) -> Schema:
    nullable = is_nullable(schema)
    if "const" in schema:
        return {"const": schema["const"]}
    if "enum" in schema:
        return {"enum": [*schema["enum"], *([None] if nullable else [])]}
    if "oneOf" in schema:
        branches = sorted(schema["oneOf"], key=lambda branch: "const" in branch)
        return {"anyOf": [_scalar(branch, kind) for branch in branches]}
    kept = {keyword: schema[keyword] for keyword in _KEPT[2:] if keyword in schema}
    if kind == "unlimited-bytes":
        return {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": _SIZE}]}
    if schema.get("format") == "timespan":
        return {"type": "string", "pattern": _TIMESPAN, "patternErrorMessage": f"Write {describe(schema)}."}
    names = {"bool": ["boolean"], "int": ["integer"], "nullable-int": ["integer"], "unlimited-int": ["integer"]}
    types = names.get(kind, ["string", "number", "boolean"])
    if schema.get("format") == "smtp-address":
        types, kept = ["string"], {**kept, "pattern": _ADDRESS}
    if schema.get("format") == "date":
        types, kept = ["string"], {**kept, "format": "date"}
    types = [*types, *(["null"] if nullable else [])]
    return {"type": types if len(types) > 1 else types[0], **kept}


def _legacy(old: str, new: str) -> Schema:
    words = f"`{old}` is called `{new}` here"
    return {"deprecationMessage": words, "errorMessage": words, "doNotSuggest": True, "not": {}}


def _hover(schema: Schema, source: str | None) -> Schema:
    """Return what an editor shows of a value: what it is, what may be written, and what Microsoft says of it."""
    found: Schema = {keyword: schema[keyword] for keyword in _KEPT[:2] if keyword in schema}
    if "description" not in schema:
        return found
    lines = [schema["description"], *_notes(schema)]
    found["description"] = " ".join(lines)
    found["markdownDescription"] = "\n\n".join(lines) + (f"\n\n[Microsoft's page]({source})" if source else "")
    return found


def _notes(schema: Schema) -> Iterator[str]:
    exchange = schema.get("exchange", {})
    mappings = {"$ref", "properties"} & {*schema, *schema.get("items", ())} or schema.get("type") == "object"
    if not mappings:
        yield f"Write {describe(schema)}."
    default = schema.get("default", {})
    if default != {}:
        words = {True: "true", False: "false", None: "null"}.get(default, default) if _hashable(default) else default
        yield f"Default: {words}" + (f" ({exchange['defaultSource']})." if "defaultSource" in exchange else ".")
    if "editions" in exchange:
        yield f"Only in: {', '.join(exchange['editions'])}."
    if "licence" in exchange:
        yield f"Needs: {exchange['licence']}."
    if exchange.get("planned") is False:
        yield "Read and shown only; no plan changes it."


def _hashable(value: Any) -> bool:
    return not isinstance(value, (list, dict))


def _snippet(schema: Schema) -> dict[str, str]:
    """Return what an editor offers for a new entry: its required keys, with places to fill in."""
    found = {}
    for number, name in enumerate(schema.get("required", ()), start=1):
        members = schema["properties"][name].get("enum")
        found[name] = f"${{{number}|{','.join(members)}|}}" if members else f"${number}"
    return found
