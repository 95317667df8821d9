"""Why a schema does not admit a value, in words a person would use, with the span of the value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from policylint.diagnostic import Diagnostic, error
from policylint.edits import Fix, TextEdit
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed, nearest, quoted, shorten, show
from policylint.regex import regex
from policylint.schema.compile import CompiledSchema
from policylint.schema.describe import describe, is_only_ours, length_phrase
from policylint.schema.keywords import (
    SMTP_ADDRESS,
    in_range,
    is_nullable,
    key_choice,
    kind_of,
    list_edit,
    matches_format,
    members_of,
)
from policylint.schema.values import NULL_WORDS, TEXT_KINDS, UNLIMITED, timespan_text
from policylint.source import Source, Span
from policylint.syntax.node import MappingNode, Node, ScalarNode, SequenceNode, key_span
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from policylint.schema.store import Schema, SchemaStore

RULE = "schema"
"""The rule id of what a schema finds, unless the setting names a rule of its own."""


def _limit(holds: Callable[[str, str], bool]) -> Any:
    """Return a keyword of jsonschema that checks texts against a limit."""

    def check(validator: Any, limit: str, instance: Any, schema: Schema) -> Iterator[jsonschema.ValidationError]:
        if isinstance(instance, str) and not holds(instance, limit):
            yield jsonschema.ValidationError(f"{instance} is beyond {limit}")

    return check


_FORMATS = jsonschema.FormatChecker(formats=())
for _name in ("timespan", "date", "smtp-address"):
    _FORMATS.checks(_name)(lambda value, name=_name: not isinstance(value, str) or matches_format(name, value))

_Validator: Any = extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    {
        "formatMinimum": _limit(lambda text, minimum: in_range(text, minimum, None)),
        "formatMaximum": _limit(lambda text, maximum: in_range(text, None, maximum)),
    },
)


def validator(store: SchemaStore, identifier: str) -> Any:
    """Return a jsonschema validator of a schema, with the formats and the types of policy files."""

    def contents(uri: str) -> Schema:
        # Without `$schema`, which would make jsonschema leave this validator for the one it names.
        schema = {keyword: value for keyword, value in store.schema(uri).items() if keyword != "$schema"}
        if "properties" in schema:
            schema["properties"] = {name: _with_edit(prop) for name, prop in schema["properties"].items()}
        return schema

    registry: Registry[Any] = Registry(retrieve=lambda uri: DRAFT202012.create_resource(contents(uri)))  # type: ignore[call-arg]
    return _Validator(contents(identifier), registry=registry, format_checker=_FORMATS)


def _with_edit(schema: Schema) -> Schema:
    """Return a schema that also admits `{Add: [...], Remove: [...]}` where it is that of a list that Exchange keeps."""
    edit = list_edit(schema)
    return schema if edit is None else {"if": {"type": "object"}, "then": edit, "else": schema}


def explain(store: SchemaStore, identifier: str, value: Any, source: Source, node: Node) -> tuple[Diagnostic, ...]:
    """Return a diagnostic for each reason why the schema does not admit a value, in the order written."""
    found: dict[Diagnostic, None] = {}
    validators: dict[str, Any] = {}
    for name, part, part_node, label in _wrong_parts(store, identifier, value, node):
        if name not in validators:
            validators[name] = validator(store, name)
        required = (*store.schema(name).get("required", ()), *key_choice(store.schema(name)))
        for problem in validators[name].iter_errors(part):
            found.update(dict.fromkeys(_diagnose(problem, source, part_node, label, required)))
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.sort_key))


def _wrong_parts(store: SchemaStore, identifier: str, value: Any, node: Node) -> Iterator[tuple[str, Any, Node, str]]:
    """Yield the parts to go over: each wrong object of the long lists, and the value without those lists.

    jsonschema takes thirty times as long as the compiled schema, and most objects of a file are right.
    """
    for name, prop in store.schema(identifier).get("properties", {}).items():
        reference = prop.get("items", {}).get("$ref")
        items = node.values.get(name) if isinstance(node, MappingNode) else None
        if reference is None or not isinstance(items, SequenceNode):
            continue
        schema = CompiledSchema(store, reference)
        for item, item_node in zip(value[name], items.items, strict=True):
            if not schema.read(item_node)[1]:
                yield reference, item, item_node, "this entry"
        value = {**value, name: []}
    yield identifier, value, node, "this file"


def _diagnose(problem: Any, source: Source, root: Node, label: str, required: Collection[str]) -> Iterator[Diagnostic]:
    """Yield in words what is wrong at a location below a node; `required` are the keys that this node must have."""
    path, schema = tuple(problem.absolute_path), problem.schema
    node, label = _locate(path, root, label)
    if problem.validator == "additionalProperties" and isinstance(node, MappingNode):
        for name in node.values:
            if name not in schema.get("properties", {}) and not name.startswith("\0"):
                message, help_, meant = _unknown_key(name, schema)
                span = key_span(source, node, name)
                fix = _write(span, meant) if meant is not None and meant.text not in node.values else None
                yield error(RULE, span, message, help_)._replace(fix=fix)
    elif problem.validator == "required" and isinstance(node, MappingNode):
        first = Span(source, *node.key_at(next(iter(node.keys), "")))
        for name in schema["required"]:
            if name not in problem.instance:
                remedy = f"add `{name}`: {describe(schema['properties'][name])}"
                yield error(RULE, first, f"`{name}` is missing", remedy)
    elif problem.validator == "oneOf" and isinstance(node, MappingNode) and (choice := key_choice(schema)):
        yield _wrong_choice(choice, node, schema, source)
    elif not isinstance(node, ScalarNode) and (inner := _problems_of_collection(problem, node)):
        for context in inner:
            yield from _diagnose(context, source, root, label, required)
    else:
        rule = schema.get("exchange", {}).get("rules", {}).get(problem.validator, RULE)
        words = _wrong_value(label, node, schema, required=len(path) == 1 and path[0] in required)
        span = Span(source, node.start, max(node.end, node.start))
        is_one = isinstance(node, ScalarNode) and problem.validator in _OF_VALUES and not _is_collection(schema)
        meant = _meant(node, schema) if isinstance(node, ScalarNode) and is_one else None
        yield error(rule, span, *words)._replace(fix=_write(span, meant) if meant is not None else None)


def _is_collection(schema: Schema) -> bool:
    return schema.get("type") in ("array", "object")


class _Meant(NamedTuple):
    """What is meant by something wrong: the text to write; `certain` where it can mean nothing else."""

    text: str
    certain: bool = False


_OF_VALUES = frozenset({"enum", "type", "const", "oneOf", "format"})
"""The keywords of JSON Schema that find a value of another kind, or that is none of some."""
_PLAIN = regex(r"[A-Za-z0-9][\w.@-]*(?: [\w.@-]+)*")
"""What is written without quotes, as the members of enumerations and the keys are."""


def _write(span: Span, meant: _Meant) -> Fix | None:
    """Return the fix that writes what is meant; safe where that is certain. None where it is not that simple."""
    if span.begin.line != span.finish.line or not _PLAIN.fullmatch(meant.text):
        return None
    return Fix(f"write `{meant.text}`", (TextEdit(span, meant.text),), safe=meant.certain)


def _wrong_choice(choice: Sequence[str], node: MappingNode, schema: Schema, source: Source) -> Diagnostic:
    """Return what is wrong with a mapping that must have exactly one of some keys, and has none or several."""
    there = [name for name in choice if name in node.values]
    if there:
        words = f"{listed(map(quoted, there))} stand for the same: an entry has one of them"
        return error(RULE, key_span(source, node, there[-1]), words, f"remove `{there[-1]}` or `{there[0]}`")
    first, *others = choice
    remedy = f"add `{first}`: {describe(schema['properties'][first])}, or {listed(map(quoted, others))} for several"
    span = Span(source, *node.key_at(next(iter(node.keys), "")))
    return error(RULE, span, f"`{first}` is missing", remedy)


def _locate(path: Iterable[str | int], node: Node, label: str) -> tuple[Node, str]:
    """Return the node at a path below another, and what to call it."""
    for part in path:
        label = f"`{shorten(part)}`" if isinstance(part, str) else "this entry"
        if isinstance(node, MappingNode):
            node = node.values[str(part)]
        elif isinstance(node, SequenceNode):
            node = node.items[int(part)]
    return node, label


def _problems_of_collection(problem: Any, node: Node) -> list[Any]:
    """Return what is wrong with a list or a mapping where either a scalar or it is admitted."""
    if problem.validator != "oneOf":
        return []
    kind = "array" if isinstance(node, SequenceNode) else "object"
    same = [index for index, branch in enumerate(problem.schema["oneOf"]) if branch.get("type") == kind]
    return [context for context in problem.context if context.schema_path[0] in same]


def _unknown_key(name: str, schema: Schema) -> tuple[str, str, _Meant | None]:
    """Return what is wrong about a key, the remedy, and the key that is meant: the schema may have its own answer."""
    properties = schema["properties"]
    known = {**schema.get("exchange", {}).get("answers", {}), **schema.get("answers", {})}
    answers = {fold(key): answer for key, answer in known.items()}
    if (answer := answers.get(fold(name))) is not None:
        return f"unknown key `{shorten(name)}`", answer, None
    legacy = {fold(prop.get("exchange", {}).get("legacyName", key)): key for key, prop in properties.items()}
    if (today := legacy.get(fold(name))) is not None and fold(today) != fold(name):
        return f"`{name}` is called `{today}` here", f"write `{today}`", _Meant(today, certain=True)
    unmanaged = {
        fold(parameter): (parameter, cmdlet, remedy)
        for cmdlet, parameters in schema.get("exchange", {}).get("unmanaged", {}).items()
        for parameter, remedy in parameters.items()
    }
    if (other := unmanaged.get(fold(name))) is not None:
        _, cmdlet, remedy = other
        message = f"`{shorten(name)}` is a parameter of {cmdlet} that policylint does not manage"
        return message, remedy.format(cmdlet=cmdlet), None
    near = nearest(name, properties)
    if near is not None:
        return f"unknown key `{shorten(name)}`", f"did you mean `{near}`?", _Meant(near, fold(near) == fold(name))
    if (near := nearest(name, unmanaged)) is not None:
        parameter, cmdlet, _ = unmanaged[near]
        hint = f"did you mean `{parameter}`? It is a parameter of {cmdlet} that policylint does not manage"
        return f"unknown key `{shorten(name)}`", hint, None
    return f"unknown key `{shorten(name)}`", f"keys here: {', '.join(properties)}", None


def _wrong_value(label: str, node: Node, schema: Schema, *, required: bool) -> tuple[str, str]:
    wanted = describe(schema)
    if isinstance(node, ScalarNode) and is_only_ours(schema, "maxLength") and len(node.text) > schema["maxLength"]:
        wanted += length_phrase(schema)
    if not isinstance(node, ScalarNode):
        shape = "a list" if isinstance(node, SequenceNode) else "a mapping"
        if isinstance(node, SequenceNode) and not node.items:
            shape = "an empty list"
        return f"{label} is {shape}", f"write {wanted}"
    if _is_collection(schema):
        if schema["type"] == "array" and node.text and node.text not in NULL_WORDS and not schema["items"].get("$ref"):
            item = shorten(node.text)
            return f"{label} is a single value", f"write a list: [{item if node.plain else repr(item)}]"
        return f"{label} has no content" if not node.text else f"{label} is `{shorten(node.text)}`", f"write {wanted}"
    if node.plain and (node.text in NULL_WORDS or node.text == "null"):
        return f"{label} is {f'`{node.text}`' if node.text else 'empty'}", _null_remedy(node.text, schema, required)
    if not node.text:
        return f"{label} is empty", f"write {wanted}"
    shown = shorten(node.text) if node.text == node.text.strip() else show(node.text, 60)
    return f"{label} is `{shown}`, which is not {wanted}", _remedy(node, schema, wanted)


def _null_remedy(word: str, schema: Schema, required: bool) -> str:
    """Return what to write instead of one of the words that YAML takes for null, or of nothing."""
    if is_nullable(schema):
        return "write `null` for no value, or leave the key out"
    is_text = word and kind_of(schema) in TEXT_KINDS and "enum" not in schema
    instead = f'write "{word}" in quotes to mean that text' if is_text else f"write {describe(schema)}"
    if not word:
        return instead
    return f"there is no null here; {instead}" if required else f"there is no null here; leave it out, or {instead}"


def _remedy(node: ScalarNode, schema: Schema, wanted: str) -> str:
    kind, text = kind_of(schema), node.text
    meant = _meant(node, schema)
    if members_of(schema):
        return f"write `{meant.text}`" if meant is not None else f"write {wanted}"
    if kind == "bool":
        return f"write `{meant.text}`, without quotes" if meant is not None else "write `true` or `false`"
    if _needs_no_quotes(node, schema):
        return f"remove the quotes: {text}"
    if schema.get("format") == "smtp-address" and (address := _address_in(text)) is not None:
        return address
    if kind.startswith("unlimited") and fold(text) == fold(UNLIMITED):
        return f"write `{UNLIMITED}`"
    if "timespan" in kind:
        return _timespan_remedy(text, schema) or f"write {wanted}"
    if kind == "unlimited-bytes":
        return f"write {wanted}; KB, MB or GB may follow the number"
    if "maxLength" in schema and len(text) > schema["maxLength"]:
        return f"it has {len(text)} characters; shorten it by {len(text) - schema['maxLength']}"
    return f"write {wanted}"


def _meant(node: ScalarNode, schema: Schema) -> _Meant | None:
    """Return the one value that a text of another form means, None where it is not known."""
    kind, text = kind_of(schema), node.text
    if node.plain and (text in NULL_WORDS or text == "null"):
        return None
    if members := members_of(schema):
        near = nearest(text, members)
        return _Meant(near, fold(near) == fold(text)) if near is not None else None
    if kind == "bool":
        guess = _BOOLEANS.get(fold(text).lstrip("$"))
        return _Meant(guess, certain=True) if guess is not None else None
    if _needs_no_quotes(node, schema):
        return _Meant(text, certain=True)
    if kind.startswith("unlimited") and fold(text) == fold(UNLIMITED):
        return _Meant(UNLIMITED, certain=True)
    if schema.get("format") == "smtp-address" and len(found := _addresses_in(text)) == 1:
        return _Meant(found[0])
    return None


def _needs_no_quotes(node: ScalarNode, schema: Schema) -> bool:
    """Return whether a text would be right but for its quotes."""
    if node.plain or kind_of(schema) == "bool" or members_of(schema):
        return False
    return _DIGITS.fullmatch(node.text) is not None or (is_nullable(schema) and node.text == "null")


def _addresses_in(text: str) -> list[str]:
    """Return the mail addresses that a text holds whole."""
    text = text.replace("@@", "@")
    found = _AROUND.split(_COMMA.sub(".", text) if text.count("@") == 1 else text)
    return [part for part in found if SMTP_ADDRESS.fullmatch(part)]


def _address_in(text: str) -> str | None:
    """Return what to write instead of a text that holds mail addresses; None where it holds none whole."""
    addresses = [f"`{part}`" for part in _addresses_in(text)]
    if len(addresses) > 1:
        return f"write each as an entry of its own: {listed(addresses)}"
    return f"write {addresses[0]}" if addresses else None


_AROUND = regex(r"[\s<>;,:\"'()]+")
_COMMA = regex(r",(?=[A-Za-z]{2,}$)")
_BOOLEANS = {"YES": "true", "ON": "true", "TRUE": "true", "NO": "false", "OFF": "false", "FALSE": "false"}
_DIGITS = regex(r"0|[1-9][0-9]{0,18}")
_CLOCK = regex(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_COUNT = regex(r"[0-9]{1,4}")


def _timespan_remedy(text: str, schema: Schema) -> str | None:
    """Return what was probably meant by a time that lacks parts; None where no guess is within the limits.

    Source: .NET reads `15:00` as hours and minutes, and `15` as days,
    https://learn.microsoft.com/dotnet/api/system.timespan.parse
    """
    limits = next((branch for branch in schema.get("oneOf", ()) if branch.get("format") == "timespan"), schema)

    def written(seconds: int) -> str | None:
        span = timespan_text(seconds)
        return span if in_range(span, limits.get("formatMinimum"), limits.get("formatMaximum")) else None

    if (clock := _CLOCK.fullmatch(text)) is not None:
        hours, minutes = int(clock[1]), int(clock[2])
        span = written(hours * 60 + minutes)
        read = f"Exchange reads `{text}` as {hours} hours and {minutes} minutes"
        return f"{read}; for minutes write `{span}`" if span else None
    if _COUNT.fullmatch(text):
        choices = (("minutes", written(int(text) * 60)), ("days", written(int(text) * 86_400)))
        words = " or ".join(f"for {unit} write `{span}`" for unit, span in choices if span)
        return f"Exchange reads `{text}` as {int(text)} days; {words}" if words else None
    return None
