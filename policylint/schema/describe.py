"""What a schema admits, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.schema.keywords import is_nullable, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from policylint.schema.store import Schema


def describe(schema: Schema, kind: str | None = None, *, quote: Callable[[Any], str] = str) -> str:
    """Return in words what a schema admits: `a whole number from 4 to 16, or Unlimited`.

    `kind` is the kind of value, where the schema does not say it. `quote` returns a value as it is to be shown.
    """
    if {"Add", "Remove"} == schema.get("properties", {}).keys():
        return "{Add: [...], Remove: [...]}"
    if "$ref" in schema or schema.get("type") == "object":
        value = schema.get("additionalProperties")
        return "a mapping" + (f", each value {describe(value, quote=quote)}" if isinstance(value, dict) else "")
    kind = kind or kind_of(schema)
    if "enum" in schema:
        return "one of " + ", ".join(map(quote, schema["enum"]))
    if "const" in schema:
        return quote(schema["const"])
    if "oneOf" in schema:
        branches = sorted(schema["oneOf"], key=lambda branch: "const" in branch)
        return ", or ".join(describe(branch, kind, quote=quote) for branch in branches)
    if schema.get("type") == "array":
        return f"a list of {_PLURALS.get(describe(schema['items']), 'values')}"
    words = _FORMATS.get(schema.get("format", "")) or _KINDS.get(kind, "a text")
    return words + _limits(schema, quote) + (f", or {quote('null')}" if is_nullable(schema) else "")


def _limits(schema: Schema, quote: Callable[[Any], str]) -> str:
    low = schema.get("minimum", schema.get("formatMinimum"))
    high = schema.get("maximum", schema.get("formatMaximum"))
    if low is not None:
        return f" from {quote(low)}" + (f" to {quote(high)}" if high is not None else "")
    is_known = "maxLength" in schema and not is_only_ours(schema, "maxLength")
    is_short = schema.get("minLength", 0) > 1 and "format" not in schema
    return length_phrase(schema) if is_known or is_short else ""


def length_phrase(schema: Schema) -> str:
    """Return in words how long a text may be that has a limit."""
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if least > 1:
        return f" of {least} to {most} characters" if most is not None else f" of at least {least} characters"
    return f" of at most {most} characters"


def is_only_ours(schema: Schema, keyword: str) -> bool:
    """Return whether a limit is beyond all values that there are, and no limit that Exchange is known to have."""
    return keyword in schema.get("exchange", {}).get("policylintOnly", ())


_FORMATS = {
    "timespan": "a time span [d.]hh:mm:ss",
    "smtp-address": "a mail address",
    "date": "a date (YYYY-MM-DD)",
}
_KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "nullable-int": "a whole number",
    "unlimited-int": "a whole number",
    "unlimited-bytes": "a number of bytes",
}
_PLURALS = {"a text": "texts", "a mapping": "mappings", "a mail address": "mail addresses"}
