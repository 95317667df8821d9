"""How a scalar is written: plain where every reader of YAML takes it for the same, else in quotes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import yaml

from policylint.regex import regex
from policylint.schema import values
from policylint.schema.keywords import is_nullable, kind_of

if TYPE_CHECKING:
    import re

    from policylint.schema.store import Schema
    from policylint.syntax.node import ScalarNode

_NUMBER = regex(r"[-+]?(?:0o[0-7]+|0x[0-9a-fA-F]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)")
"""What YAML 1.2 takes for a number. Source: https://yaml.org/spec/1.2.2/#103-core-schema"""

_ALWAYS_PLAIN = regex(r"[A-Za-z0-9][A-Za-z0-9_.@/+-]*(?: [A-Za-z0-9][A-Za-z0-9_.@/+-]*)*")
"""Texts that may be plain everywhere, as far as their characters go: most are of this form."""

_LETTERS = frozenset("yYnN")
"""What YAML 1.1 also takes for true and false, though PyYAML does not. Source: https://yaml.org/type/bool.html"""

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_RESOLVERS: dict[Any, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers
"""What YAML 1.1 takes for something else than a text, by first character."""


def scalar_text(scalar: ScalarNode, schema: Schema, *, flow: bool) -> str:
    """Return a scalar as it is written on one line, inside a flow collection or not."""
    kind, text = kind_of(schema), scalar.text
    if scalar.plain and text == "null" and (is_nullable(schema) or kind == "strings"):
        return text
    if kind not in values.TEXT_KINDS:
        bare, in_quotes = (values.from_yaml(kind, text, plain=plain, nullable=False) for plain in (True, False))
        return text if scalar.plain or bare == in_quotes else quoted(text)
    if scalar.plain and ("enum" in schema or schema.get("format") == "date"):
        return text  # the schema gives it its type, and people write it so
    return text_of(text, flow=flow)


def text_of(text: str, *, flow: bool) -> str:
    """Return a text plain where YAML 1.1 and 1.2 both read that text back, else in quotes."""
    if _ALWAYS_PLAIN.fullmatch(text):
        return quoted(text) if _is_something_else(text) else text
    analysis = _Emitter.analyze_scalar(text)
    allowed = analysis.allow_flow_plain if flow else analysis.allow_block_plain
    return text if allowed and text == text.strip() and not _is_something_else(text) else quoted(text)


def quoted(text: str) -> str:
    """Return a text in quotes: double ones, or single ones where that saves escapes."""
    if ('"' in text or "\\" in text) and "'" not in text and text.isprintable():
        return f"'{text}'"
    return '"' + "".join(_ESCAPES.get(char) or _escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char.isprintable():
        return char
    number = ord(char)
    return f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}"


def _is_something_else(text: str) -> bool:
    """Return whether any reader of YAML takes a plain text for a number, a date, true, false, null or the like."""
    if text in _LETTERS or _NUMBER.fullmatch(text):
        return True
    resolvers = [*_RESOLVERS.get(text[:1], ()), *_RESOLVERS.get(None, ())]
    return any(pattern.match(text) for _, pattern in resolvers)


_Emitter: Any = yaml.emitter.Emitter(io.StringIO(), allow_unicode=True)
