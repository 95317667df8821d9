"""Schemas for editors: one document each, in the dialect that editors know, with hover text.

An editor's parser gives a scalar its type before any schema is asked, where policylint lets the schema do so. So a
text here is also what YAML takes for a number, true or false: `QueryString: 16.10`. Whatever policylint admits, these
schemas admit; the ranges of time spans and of sizes with a unit are left to `policylint lint`.

Source: https://github.com/redhat-developer/yaml-language-server (draft-07, `defaultSnippets`, `markdownDescription`)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from policylint.named_tuple import NamedTuple
from policylint.schema.describe import describe
from policylint.schema.keywords import (
    SMTP_ADDRESS,
    is_nullable,
    kind_of,
    list_edit,
    mapping_or_list,
    members_of,
    scalar_or_collection,
)
from policylint.schema.values import SIZE, TEXT_KINDS, TIMESPAN, UNLIMITED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from policylint.schema.store import Schema, SchemaStore

_WRITTEN: Mapping[str, str] = {
    "timespan": TIMESPAN.pattern,
    "unlimited-timespan": f"{UNLIMITED}|{TIMESPAN.pattern}",
    "unlimited-int": UNLIMITED,
    "unlimited-bytes": f"{UNLIMITED}|{SIZE.pattern}",
}
"""The texts of each kind of value that may be a text or a number."""

_BASE_60 = {"minimum": 36_000, "maximum": 86_399}
"""What YAML 1.1 makes of the time spans from 10:00:00: numbers to the base of 60."""

_FORMATS: Mapping[str, Schema] = {
    "smtp-address": {"pattern": f"^{SMTP_ADDRESS.pattern}$"},
    "date": {"format": "date"},
}
_LIMITS = ("minLength", "maxLength", "minimum", "maximum")

_NEW: Mapping[str, Mapping[str, Any]] = {
    "device-access-rule": {"Characteristic": {}, "QueryString": {}, "AccessLevel": {}, "reason": {}},
    "mobile-device-mailbox-policy": {"Name": {}, "PasswordEnabled": {}, "reason": {}},
    "mailbox": {"Identity": {}, "ActiveSyncAllowedDeviceIDs": {}, "reason": {}},
    "test": {"name": {}, "device": {"DeviceType": {}, "DeviceModel": {}, "DeviceOS": {}}, "expect": {}},
    "assertion": {"name": {}, "never": {"DeviceType": {}}, "reason": {}},
}
"""The keys that are offered together for a new entry, by its schema; for any other those that are required."""


def editor_schema(store: SchemaStore, identifier: str, editions: Collection[str] | None = None) -> Schema:
    """Return a schema for editors, whole in itself; what none of the editions has is left out."""
    return _Editor(store, editions).document(identifier)


def markdown_of(store: SchemaStore, schema: Schema, source: str | None = None) -> str:
    """Return what an editor shows of a value, as Markdown; `source` is the page about the object that it is in."""
    return str(_hover(schema, _annotations(store, schema), source).get("markdownDescription", ""))


def exists_in(store: SchemaStore, schema: Schema, editions: Collection[str] | None) -> bool:
    """Return whether one of the editions has a setting or a section."""
    there = _annotations(store, schema).get("editions")
    return there is None or editions is None or any(edition in there for edition in editions)


class NewEntry(NamedTuple):
    """What is offered for a new item of a list: a name, and the keys with their blanks to fill in."""

    label: str
    body: Mapping[str, Any]


def new_entry(store: SchemaStore, reference: str) -> NewEntry:
    """Return what is offered for a new item of a list, by the schema of the items."""
    entry = store.schema(reference)
    keys = _NEW.get(reference.rpartition("/")[2]) or {key: {} for key in entry.get("required", ())}
    title = entry["title"]
    return NewEntry(f"new {title[0].lower()}{title[1:]}", _Snippet().body(entry, keys))


def _annotations(store: SchemaStore, schema: Schema) -> Mapping[str, Any]:
    """Return what is said of Exchange about a setting, or about the objects of a section."""
    reference = schema.get("$ref") or schema.get("items", {}).get("$ref")
    found: Mapping[str, Any] = (store.schema(reference) if reference else schema).get("exchange", {})
    return found


class _Editor:
    def __init__(self, store: SchemaStore, editions: Collection[str] | None) -> None:
        self.store = store
        self.editions = editions
        self.definitions: dict[str, Schema] = {}

    def document(self, identifier: str) -> Schema:
        found = {"$schema": "http://json-schema.org/draft-07/schema#", **self._value(self.store.schema(identifier))}
        return found | ({"definitions": self.definitions} if self.definitions else {})

    def _value(self, schema: Schema, source: str | None = None) -> Schema:
        if "$ref" in schema:
            return {"$ref": self._definition(schema["$ref"])}
        words = _hover(schema, _annotations(self.store, schema), source)
        if "properties" in schema or schema.get("type") == "object":
            return words | self._object(schema)
        if schema.get("type") == "array":
            edit = list_edit(schema)
            either_form = (
                {"anyOf": [self._list(schema), {"title": "Add and remove", **self._object(edit)}]} if edit else {}
            )
            return words | (either_form or self._list(schema))
        if either := scalar_or_collection(schema):
            return words | {"anyOf": [_scalar(either[0]), {"title": "Several", **self._value(either[1])}]}
        if collections := mapping_or_list(schema):
            return words | {"anyOf": [{"title": "One", **self._value(collections[0])}, self._value(collections[1])]}
        found = _scalar(schema)
        # The server writes every key that has a type and a default into a new object, and what is written is managed.
        return words | ({"allOf": [found]} if "default" in words and "type" in found else found)

    def _definition(self, identifier: str) -> str:
        name = identifier.rpartition("/")[2]
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._value(self.store.schema(identifier))
        return f"#/definitions/{name}"

    def _object(self, schema: Schema) -> Schema:
        source = _annotations(self.store, schema).get("source")
        properties: dict[str, Schema] = {}
        for name, prop in schema.get("properties", {}).items():
            if not exists_in(self.store, prop, self.editions):
                continue
            properties[name] = self._value(prop, source)
            if old := prop.get("exchange", {}).get("legacyName"):
                properties[old] = _legacy(old, name)
        additional = schema.get("additionalProperties", True)
        return {
            "type": "object",
            "properties": properties,
            **{keyword: schema[keyword] for keyword in ("required", "oneOf") if keyword in schema},
            "additionalProperties": self._value(additional) if isinstance(additional, dict) else additional,
            **({"minProperties": schema["minProperties"]} if "minProperties" in schema else {}),
        }

    def _list(self, schema: Schema) -> Schema:
        items = schema["items"]
        null = schema.get("exchange", {}).get("kind") == "strings"
        found: Schema = {"type": ["array", "null"] if null else "array", "items": self._value(items)}
        if "minItems" in schema:
            found["minItems"] = schema["minItems"]
        if "$ref" in items:
            new = new_entry(self.store, items["$ref"])
            found["defaultSnippets"] = [{"label": new.label, "body": new.body}]
        return found


def _scalar(schema: Schema) -> Schema:
    """Return what a scalar may be, whatever type an editor's parser gives it."""
    if "const" in schema:
        return {"const": schema["const"]}
    if "enum" in schema:
        return {"enum": schema["enum"]} | ({} if "default" in schema else {"type": "string"})
    kind = kind_of(schema)
    one = next((branch for branch in schema.get("oneOf", ()) if "const" not in branch), schema)
    limits = {keyword: one[keyword] for keyword in _LIMITS if keyword in one}
    words = {"patternErrorMessage": f"Write {describe(schema)}."}
    if kind in _WRITTEN:
        numbers = _BASE_60 if "timespan" in kind else limits
        return {"type": ["string", "integer"], "pattern": f"^(?:{_WRITTEN[kind]})$", **words, **numbers}
    if "format" in schema:
        return {"type": "string", **_FORMATS[schema["format"]], **words, **limits}
    if kind not in TEXT_KINDS:
        return {"type": _type("boolean" if kind == "bool" else "integer", schema), **limits}
    if is_nullable(schema):
        limits.pop("minLength", None)  # an empty text is null
    # Not `type: [string, number, boolean]`, for which editors offer true and false; in an anyOf, for they complete
    # the key of what has neither a type nor that without its colon.
    return {"anyOf": [{"if": {"type": ["number", "boolean"]}, "else": {"type": _type("string", schema), **limits}}]}


def _type(name: str, schema: Schema) -> str | list[str]:
    return [name, "null"] if is_nullable(schema) else name


def _legacy(old: str, new: str) -> Schema:
    """Return what refuses the name that a setting had before, and says its name here."""
    return {
        "deprecated": True,
        "deprecationMessage": f"`{old}` is called `{new}` here",
        "doNotSuggest": True,
        "errorMessage": f"Write `{new}`.",
        "type": "null",  # no value is right: an empty enum would be plainer, and the server refuses it
        "not": {"type": "null"},
    }


def _hover(schema: Schema, exchange: Mapping[str, Any], source: str | None) -> Schema:
    """Return what an editor shows of a value: what it is, what may be written, and what Microsoft says of it."""
    found: Schema = {keyword: schema[keyword] for keyword in ("title", "default", "examples") if keyword in schema}
    if "description" in schema:
        page = exchange.get("source", source if exchange else None)
        lines = [schema["description"], *_notes(schema, exchange)]
        found["description"] = " ".join(lines)
        found["markdownDescription"] = "\n\n".join([*lines, *([f"[Microsoft's page]({page})"] if page else [])])
    return found


def _notes(schema: Schema, exchange: Mapping[str, Any]) -> Iterator[str]:
    if "enum" not in schema and schema.get("type") not in ("object", "array"):
        yield f"Write {describe(schema)}."
    default = schema.get("default", {})
    if default != {}:
        words = default if isinstance(default, str) else json.dumps(default)
        yield f"Default: {words}" + (f" ({exchange['defaultSource']})." if "defaultSource" in exchange else ".")
    if "editions" in exchange:
        yield f"Only in: {', '.join(exchange['editions'])}."
    if "license" in exchange:
        yield f"Needs: {exchange['license']}."
    if exchange.get("planned") is False:
        yield "Read and shown only; no plan changes it."


class _Snippet:
    """What an editor offers for a new entry: its keys, with blanks to fill in, numbered in their order."""

    def __init__(self) -> None:
        self.number = 0

    def body(self, schema: Schema, keys: Mapping[str, Any]) -> Any:
        if keys:
            return {name: self.body(schema["properties"][name], inner) for name, inner in keys.items()}
        if schema.get("type") == "array":
            return [self.body(schema["items"], {})]
        self.number += 1
        words = ("true", "false") if schema.get("type") == "boolean" else members_of(schema)
        return f"${{{self.number}|{','.join(words)}|}}" if words else f"${self.number}"
