"""What a schema admits, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.schema.validate import is_nullable, kind_of

if TYPE_CHECKING:
    from policylint.schema.store import Schema


def describe(schema: Schema, kind: str | None = None) -> str:
    """Return in words what a schema admits: `a whole number from 4 to 16, or Unlimited`."""
    if "$ref" in schema or schema.get("type") == "object":
        return "a mapping"
    kind = kind or kind_of(schema)
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "oneOf" in schema:
        branches = sorted(schema["oneOf"], key=lambda branch: "const" in branch)
        return ", or ".join(describe(branch, kind) for branch in branches)
    if schema.get("type") == "array":
        return "a list of " + ("mappings" if "$ref" in schema["items"] else "values")
    words = _WORDS_OF_FORMAT.get(schema.get("format", "")) or _WORDS_OF_KIND.get(kind, "a text")
    low = schema.get("minimum", schema.get("formatMinimum"))
    high = schema.get("maximum", schema.get("formatMaximum"))
    if low is not None and high is not None:
        words += f" from {low} to {high}"
    if "maxLength" in schema:
        words += f" of at most {schema['maxLength']} characters"
    return words + (", or null" if is_nullable(schema) else "")


_WORDS_OF_FORMAT = {
    "timespan": "a time span [d.]hh:mm:ss",
    "smtp-address": "a mail address",
    "date": "a date (YYYY-MM-DD)",
}
_WORDS_OF_KIND = {
    "bool": "true or false",
    "int": "a whole number",
    "nullable-int": "a whole number",
    "unlimited-int": "a whole number",
    "unlimited-bytes": "a number of bytes",
}
