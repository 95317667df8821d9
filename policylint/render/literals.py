"""PowerShell literals: values as source text that evaluates to them.

Data reaches an emitted script only through `literal`. Its output is printable ASCII whatever the value holds, so
neither the encoding a file is read with nor the line-end conversion of a repository can change what the script means.

Source: https://github.com/PowerShell/PowerShell/blob/master/src/System.Management.Automation/engine/parser/CharTraits.cs
(which characters are quotes) and tokenizer.cs beside it (of two adjacent quotes in a literal the second one is kept).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from policylint.errors import LiteralError
from policylint.regex import regex

SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
"""Every character that PowerShell takes for a single quote: each of them opens and closes a literal."""

_SHOWN = r"(?!##[A-Za-z]*\[)[ -~]"
"""A character that a literal holds as it is: ASCII, and not the first one of what a log takes for a command."""
_INT64 = range(-(2**63), 2**63)
_PLAIN = regex(rf"(?:{_SHOWN})*")
_PIECE = regex(rf"(?:{_SHOWN})+|.", re.DOTALL)
_DOUBLED = str.maketrans({quote: quote * 2 for quote in SINGLE_QUOTES})


def literal(value: Any) -> str:
    """Return a PowerShell expression that evaluates to `value`: null, boolean, 64-bit integer, text, list or mapping.

    Tuples become arrays like lists; mappings become hashtables, whose keys must be text and differ by more than case.
    Raises LiteralError where the type is any other, an integer is beyond 64 bits, a text has NUL or a lone surrogate,
    or keys are equal ignoring case.
    """
    if value is None:
        return "$null"
    if isinstance(value, bool):
        return "$true" if value else "$false"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (list, tuple)):
        return _array(value)
    if isinstance(value, Mapping):
        return "@{ " + "; ".join(f"{key} = {item}" for key, item in _entries(value)) + " }" if value else "@{}"
    raise LiteralError(f"no PowerShell literal for a value of type `{type(value).__name__}`")


def _integer(value: int) -> str:
    """Return the digits of a 64-bit integer; beyond that PowerShell would turn to decimals and rounded doubles."""
    if value not in _INT64:
        raise LiteralError(f"integer `{value}` does not fit in 64 bits")
    return str(value)


def _text(value: str) -> str:
    """Return a quoted literal, or one `-join` of such literals and `[char]`s when not all of it may be shown."""
    if _PLAIN.fullmatch(value):
        return _quoted(value)
    return "(-join (" + ", ".join(_terms(value)) + "))"


def _terms(value: str) -> list[str]:
    """Return the terms of a join: quoted runs of what may be shown, and a `[char]` for each other UTF-16 unit."""
    terms: list[str] = []
    for piece in _PIECE.findall(value):
        terms.extend([_quoted(piece)] if _PLAIN.fullmatch(piece) else _chars(piece))
    return terms


def _quoted(value: str) -> str:
    """Return the text between single quotes with every quote character doubled by itself."""
    # INVARIANT (law 6): no quote character is left single, so the text cannot end the literal.
    return "'" + value.translate(_DOUBLED) + "'"


def _chars(character: str) -> list[str]:
    """Return the `[char]` terms of one character: one, or two for a character outside the basic plane."""
    code = ord(character)
    if code == 0:
        raise LiteralError("text holds the NUL character")
    if 0xD800 <= code <= 0xDFFF:
        raise LiteralError(f"text holds the lone surrogate U+{code:04X}")
    units = [code] if code <= 0xFFFF else [0xD800 + (code - 0x10000 >> 10), 0xDC00 + (code - 0x10000 & 0x3FF)]
    return [f"[char]0x{unit:04X}" for unit in units]


def _array(items: list[Any] | tuple[Any, ...]) -> str:
    """Return an array literal. An array as the only element needs the unary comma, or `@()` would unroll it."""
    inner = ", ".join(literal(item) for item in items)
    only_array = len(items) == 1 and isinstance(items[0], (list, tuple))
    return f"@(,{inner})" if only_array else f"@({inner})"


def _entries(mapping: Mapping[Any, Any]) -> list[tuple[str, str]]:
    """Return the literals of keys and values in the order of the mapping; keys must differ by more than case."""
    entries: list[tuple[str, str]] = []
    seen: set[str] = set()
    for key, item in mapping.items():
        if not isinstance(key, str):
            raise LiteralError(f"a key is of type `{type(key).__name__}`, not text")
        if key.upper() in seen or key.lower() in seen:
            raise LiteralError(f"two keys differ only in case: `{key}`")
        seen |= {key.upper(), key.lower()}
        entries.append((literal(key), literal(item)))
    return entries
