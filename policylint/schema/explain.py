"""What a schema has against a value, in words a person would use, at the place it was written."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import jsonschema
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from policylint.diagnostic import Diagnostic, error
from policylint.model.text import fold
from policylint.schema.kinds import NULL_WORDS, UNLIMITED, Unreadable, timespan_text
from policylint.schema.validate import is_format, is_nullable, kind_of, within
from policylint.source import Source, Span
from policylint.syntax.node import Mapping, Node, Scalar, Sequence, key_span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policylint.schema.store import Schema, SchemaStore

RULE = "schema"
"""The rule id of what a schema finds, unless the setting names a rule of its own."""


def _ends(minimum: bool) -> Any:
    def check(validator: Any, limit: str, instance: Any, schema: Schema) -> Iterator[jsonschema.ValidationError]:
        if isinstance(instance, str) and not within(instance, *((limit, None) if minimum else (None, limit))):
            yield jsonschema.ValidationError(f"{instance} is beyond {limit}")

    return check


_FORMATS = jsonschema.FormatChecker(formats=())
for _name in ("timespan", "date", "smtp-address"):
    _FORMATS.checks(_name)(lambda value, name=_name: not isinstance(value, str) or is_format(name, value))

_Validator = extend(
    jsonschema.Draft202012Validator,
    {"formatMinimum": _ends(minimum=True), "formatMaximum": _ends(minimum=False)},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "string", lambda _checker, value: isinstance(value, str) and not isinstance(value, Unreadable)
    ),
)


def validator(store: SchemaStore, identifier: str) -> Any:
    """Return a jsonschema validator of a schema, with the formats and the types of policy files."""

    def contents(uri: str) -> Schema:
        # Without `$schema`, which would make jsonschema leave this validator for the one it names.
        return {keyword: value for keyword, value in store.schema(uri).items() if keyword != "$schema"}

    registry: Registry[Any] = Registry(retrieve=lambda uri: DRAFT202012.create_resource(contents(uri)))  # type: ignore[call-arg]
    return _Validator(contents(identifier), registry=registry, format_checker=_FORMATS)


def explain(
    store: SchemaStore, identifier: str, value: Any, source: Source, node: Node
) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each thing that the schema has against a value, in the order written."""
    found: list[Diagnostic] = []
    for problem in validator(store, identifier).iter_errors(value):
        found.extend(_diagnose(problem, source, node))
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.sort_key))


def _diagnose(problem: Any, source: Source, root: Node) -> Iterator[Diagnostic]:
    node, owner, key = root, root, None
    for part in problem.absolute_path:
        owner, key = node, part
        if isinstance(node, Mapping):
            node = node.values[part]
        elif isinstance(node, Sequence):
            node = node.items[part]
    schema = problem.schema
    if problem.validator == "additionalProperties" and isinstance(node, Mapping):
        for name in node.values:
            if name not in schema.get("properties", {}) and not name.startswith("\0"):
                yield error(RULE, key_span(source, node, name), *_unknown_key(name, schema))
        return
    if problem.validator == "required" and isinstance(node, Mapping):
        missing = problem.message.split("'")[1]
        first = next(iter(node.keys.values()), (node.start, node.end))
        wanted = describe(schema["properties"][missing])
        yield error(RULE, Span(source, *first), f"`{missing}` is missing", f"add `{missing}`: {wanted}")
        return
    if problem.validator == "oneOf" and isinstance(node, Sequence):
        lists = [index for index, branch in enumerate(schema["oneOf"]) if branch.get("type") == "array"]
        inner = [context for context in problem.context if context.schema_path[0] in lists]
        if inner:
            for context in inner:
                yield from _diagnose(context, source, root)
            return
    rule = schema.get("exchange", {}).get("rules", {}).get(problem.validator, RULE)
    label = f"`{key}`" if isinstance(key, str) else _item_label(owner, root)
    yield error(rule, Span(source, node.start, max(node.end, node.start)), *_wrong_value(label, node, schema))


def _item_label(owner: Node, root: Node) -> str:
    return "this entry" if owner is not root else "this file"


def _unknown_key(name: str, schema: Schema) -> tuple[str, str]:
    properties = schema["properties"]
    legacy = {prop.get("exchange", {}).get("legacyName"): key for key, prop in properties.items()}
    if name in legacy:
        return f"`{name}` is called `{legacy[name]}` here", f"write `{legacy[name]}`"
    near = nearest(name, properties)
    if near is not None:
        return f"unknown key `{name}`", f"did you mean `{near}`?"
    return f"unknown key `{name}`", f"keys here: {', '.join(properties)}"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant: one that differs in case only, else a near one, else None."""
    folded = {fold(name): name for name in known}
    if fold(word) in folded:
        return folded[fold(word)]
    near = difflib.get_close_matches(fold(word), folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else None


def _wrong_value(label: str, node: Node, schema: Schema) -> tuple[str, str]:
    wanted = describe(schema)
    if not isinstance(node, Scalar):
        shape = "a list" if isinstance(node, Sequence) else "a mapping"
        if isinstance(node, Sequence) and not node.items:
            shape = "an empty list"
        return f"{label} is {shape}", f"write {wanted}"
    if schema.get("type") in ("array", "object"):
        if schema["type"] == "array" and node.text and node.text not in NULL_WORDS and not schema["items"].get("$ref"):
            return f"{label} is a single value", f"write a list: [{node.text}]"
        return f"{label} has no content" if not node.text else f"{label} is `{_short(node.text)}`", f"write {wanted}"
    if node.plain and node.text in NULL_WORDS:
        shown = f"`{node.text}`" if node.text else "empty"
        hint = "write `null` for no value, or leave the key out" if is_nullable(schema) else f"write {wanted}"
        return f"{label} is {shown}", hint
    return f"{label} is `{_short(node.text)}`, which is not {wanted}", _remedy(node, schema, wanted)


def _remedy(node: Scalar, schema: Schema, wanted: str) -> str:
    kind, text = kind_of(schema), node.text
    members = schema.get("enum", ())
    if members:
        near = nearest(text, members)
        return f"write `{near}`" if near else f"write {wanted}"
    if kind == "bool":
        words = {"YES": "true", "ON": "true", "NO": "false", "OFF": "false", "TRUE": "true", "FALSE": "false"}
        guess = words.get(text.upper().lstrip("$"))
        return f"write `{guess}`, without quotes" if guess else "write `true` or `false`"
    if kind.startswith("unlimited") and fold(text) == fold(UNLIMITED):
        return f"write `{UNLIMITED}`"
    if "timespan" in kind:
        return _timespan_remedy(text, wanted)
    if not node.plain and kind in {"int", "nullable-int"} and text.isdigit():
        return f"remove the quotes: {text}"
    if "maxLength" in schema and len(text) > schema["maxLength"]:
        return f"it has {len(text)} characters; shorten it by {len(text) - schema['maxLength']}"
    return f"write {wanted}"


def _timespan_remedy(text: str, wanted: str) -> str:
    parts = text.split(":")
    if len(parts) == 2 and all(part.isdigit() for part in parts):
        minutes = timespan_text(int(parts[0]) * 60 + int(parts[1]))
        return f"Exchange reads `{text}` as {int(parts[0])} hours and {int(parts[1])} minutes; for minutes write `{minutes}`"
    if text.isdigit():
        return f"Exchange reads `{text}` as {text} days; for minutes write `{timespan_text(int(text[:9]) * 60)}`"
    return f"write {wanted}"


def describe(schema: Schema) -> str:
    """Return in words what a schema admits: `a whole number from 4 to 16, or Unlimited`."""
    if "$ref" in schema:
        return "a mapping"
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "oneOf" in schema:
        parts = [describe(branch) for branch in reversed(schema["oneOf"])]
        return ", or ".join(dict.fromkeys(parts))
    kind = schema.get("type")
    if kind == "array":
        return "a list of " + ("mappings" if "$ref" in schema["items"] else "values")
    if kind == "object":
        return "a mapping"
    words = {"bool": "true or false", "int": "a whole number", "nullable-int": "a whole number"}.get(kind_of(schema))
    if schema.get("format") == "timespan":
        words = "a time span [d.]hh:mm:ss"
    elif kind_of(schema) == "int" or kind == "integer":
        words = "a whole number"
    elif schema.get("format") == "smtp-address":
        words = "a mail address"
    elif schema.get("format") == "date":
        words = "a date (YYYY-MM-DD)"
    elif words is None:
        words = "a text"
    low = schema.get("minimum", schema.get("formatMinimum"))
    high = schema.get("maximum", schema.get("formatMaximum"))
    if low is not None and high is not None:
        words += f" from {low} to {high}"
    if "maxLength" in schema:
        words += f" of at most {schema['maxLength']} characters"
    return words + (", or null" if is_nullable(schema) else "")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}..."
