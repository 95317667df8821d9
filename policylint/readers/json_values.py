"""One JSON value: strictly decoded, and what PowerShell's ways of writing times and lists stand for."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from policylint.phrases import show
from policylint.regex import regex
from policylint.strict_json import check, members

if TYPE_CHECKING:
    from policylint.readers.rows import Value

TIME = "/Date("
"""How a time begins in the JSON of Windows PowerShell."""

_TIME = regex(r"/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE_FOLLOWS = regex(r"(?: starting)? at$|: *$")
_INFINITE = float("inf")
_HALVES = ("\\ud", "\\uD")
_CUT = regex(r"\s*|-|\.|\.?[0-9]*[eE][+-]?|t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?")
_LONGEST_ESCAPE = 6


class MalformedError(ValueError):
    """What a text is that is not JSON, or JSON that two readers could take for two things.

    `at` is the character where that is seen, None where it is not known. `is_cut` says whether the text may be right
    as far as it goes.
    """

    def __init__(self, why: str, at: int | None = None, *, is_cut: bool = False) -> None:
        super().__init__(why)
        self.why, self.at, self.is_cut = why, at, is_cut


def decode(text: str) -> Any:
    """Return the value that a text holds. Raises MalformedError.

    A number may have a fraction; all else is as in `parse_json`.
    """
    try:
        value = _DECODE(text)
    except json.JSONDecodeError as problem:
        why = _PLACE_FOLLOWS.sub("", problem.msg)
        raise MalformedError(f"{why[:1].lower()}{why[1:]}", problem.pos, is_cut=_is_cut(text, problem)) from problem
    except ValueError as problem:
        raise MalformedError(str(problem), _place(text, str(problem))) from problem
    if any(half in text for half in _HALVES):
        try:
            check(value)
        except ValueError as problem:
            raise MalformedError(str(problem)) from problem
    return value


def plain(value: Any) -> Value:
    """Return a decoded value with times in ISO 8601, and lists as lists.

    Windows PowerShell writes a time as milliseconds since 1970, and some lists as an object of a list and a count.
    Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.utility/convertto-json, notes
    """
    if isinstance(value, str):
        return time_text(value) if value.startswith(TIME) else value
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        if value.keys() == {"value", "Count"} and isinstance(value["value"], list):
            return plain(value["value"])
        return {name: plain(item) for name, item in value.items()}
    found: Value = value
    return found


def time_text(text: str) -> str:
    """Return a time that counts milliseconds as ISO 8601 in UTC; any other text as it is."""
    match = _TIME.fullmatch(text)
    if match is None:
        return text
    try:
        time = _EPOCH + timedelta(milliseconds=int(match[1]))
    except OverflowError:
        return text
    words = time.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{words.removesuffix('.000')}Z"


def _is_cut(text: str, problem: json.JSONDecodeError) -> bool:
    """Return whether a text is right up to its end, where something is missing."""
    rest = text[problem.pos :]
    if problem.msg.startswith("Unterminated string"):
        return True
    if "escape" in problem.msg:
        return len(rest) <= _LONGEST_ESCAPE and '"' not in rest
    return _CUT.fullmatch(rest) is not None


def _place(text: str, why: str) -> int | None:
    """Return where the second of two members of a name is that a message says is there twice."""
    name, _, rest = why.removeprefix("member ").rpartition(" is there twice")
    places = [found.start() for found in re.finditer(rf"{re.escape(name)}\s*:", text)] if name and not rest else []
    return places[1] if len(places) > 1 else None


def fraction(text: str) -> float:
    """Return the number that a text writes with a fraction or an exponent. Raises ValueError where it is too large."""
    number = float(text)
    if abs(number) == _INFINITE:
        raise ValueError(f"{show(text)} is no number that fits")
    return number


def no_number(text: str) -> NoReturn:
    """Raise ValueError for a word such as NaN."""
    raise ValueError(f"`{text}` is no JSON")


_DECODE = json.JSONDecoder(object_pairs_hook=members, parse_float=fraction, parse_constant=no_number).decode
