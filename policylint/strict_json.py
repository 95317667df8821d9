"""JSON as RFC 8259 has it, and no more: what two readers could take for two things is refused.

Refused are a member twice, NaN and Infinity, a number that is not whole or has more than 18 digits, half of a surrogate
pair, and nesting deeper than any of the formats of this package needs. The standard library takes all of them.
Source: https://www.rfc-editor.org/rfc/rfc8259, sections 4, 6, 8.2 and 9
"""

from __future__ import annotations

import json
from typing import Any

from policylint.regex import regex

MOST_DIGITS = 18
"""How many digits a number has at most: each such number fits into 64 bits."""

DEEPEST = 32
"""How many arrays and objects may be in one another."""

_PLACE_FOLLOWS = regex(r"(?: starting)? at$|: *$")
_SURROGATES = ("\\ud", "\\uD")


def parse_json(text: str) -> Any:
    """Return the value that a text holds.

    Raises ValueError, with what is wrong as its message and the line where that is known.
    """
    try:
        value = _DECODE(text)
    except RecursionError as problem:
        raise ValueError(f"deeper than {DEEPEST} levels") from problem
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        why = _PLACE_FOLLOWS.sub("", problem.msg)
        raise ValueError(f"{where}: {why[:1].lower()}{why[1:]}") from problem
    if text.count("{") + text.count("[") > DEEPEST or any(start in text for start in _SURROGATES):
        check(value)
    return value


def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object, each of which must be there once."""
    found = dict(pairs)
    if len(found) != len(pairs):
        first = {name: place for place, (name, _value) in reversed([*enumerate(pairs)])}
        again = next(name for place, (name, _value) in enumerate(pairs) if first[name] != place)
        raise ValueError(twice(again))
    return found


def twice(name: str) -> str:
    """Return what is said of a member that is there twice."""
    return f"member {json.dumps(name[:80])} is there twice"


def _whole(digits: str) -> int:
    if len(digits.removeprefix("-")) > MOST_DIGITS:
        raise ValueError(f"a number with more than {MOST_DIGITS} digits")
    return int(digits)


def _not_whole(text: str) -> Any:
    raise ValueError(f"`{text[:80]}` is not a whole number")


def check(value: Any) -> None:
    """Raise ValueError where a value is too deep, or a text of it has half of a surrogate pair."""
    level, depth = [value], 0
    while level:
        for text in level:
            if isinstance(text, str):
                _check_text(text)
        parts = [part for part in level if isinstance(part, (dict, list))]
        if parts and depth == DEEPEST:
            raise ValueError(f"deeper than {DEEPEST} levels")
        level = [item for part in parts for item in _inside(part)]
        depth += 1


def _inside(part: dict[str, Any] | list[Any]) -> list[Any]:
    """Return the names and values of an object, or the items of an array."""
    return [*part, *part.values()] if isinstance(part, dict) else part


def _check_text(text: str) -> None:
    half = next((char for char in text if "\ud800" <= char <= "\udfff"), None)
    if half is not None:
        raise ValueError(f"half of a surrogate pair, U+{ord(half):04X}")


_DECODE = json.JSONDecoder(
    object_pairs_hook=members, parse_int=_whole, parse_float=_not_whole, parse_constant=_not_whole
).decode
