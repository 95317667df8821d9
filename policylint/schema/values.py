"""How a value of each kind is written in YAML, shown by Exchange, and compared.

One canonical form a value, whatever shape it came in: true and false, the member of an enumeration, a text or None, an
integer, "Unlimited", "[d.]hh:mm:ss", a number of bytes, a tuple of texts. Both readers - of policy and of live state -
end here, so equal values are equal.

Source: the value shapes that the Get- cmdlets of Exchange print,
https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevicemailboxpolicy
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.strict_json import MOST_DIGITS
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from policylint.model.entity import Value

UNLIMITED = "Unlimited"

_INTEGER = regex(r"-?(?:0|[1-9][0-9]{0,18})")
TIMESPAN = regex(r"(?:([0-9]{1,8})\.)?([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])")
_MINUTES = regex(r"[0-9]{1,9}")
SIZE = regex(r"([0-9]{1,15}) ?([KkMmGg]?[Bb])?")
_GROUPED = "[0-9.,' \u00a0\u2009\u202f\u2019]{1,40}"
"""A number with whatever a culture puts between its groups of digits."""
_SHOWN_SIZE = regex(rf"{_GROUPED}\s?(?:B|KB|MB|GB|TB)\s\(({_GROUPED})\sbytes\)", re.IGNORECASE)
_FACTOR = {"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
NULL_WORDS = frozenset({"", "~", "Null", "NULL"})
"""What YAML also takes for null, and a policy file does not."""


class Unreadable(NamedTuple):
    """A text that is not a value of its kind; no schema admits it."""

    text: str


def timespan_seconds(text: str) -> int | None:
    """Return the seconds of a time span written [d.]hh:mm:ss in full, or None where it is not one."""
    match = TIMESPAN.fullmatch(text)
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def timespan_text(seconds: int) -> str:
    """Return seconds as [d.]hh:mm:ss, days left out where there are none."""
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}.{clock}" if days else clock


def _bool(text: str) -> Any:
    return text == "true" if text in ("true", "false") else Unreadable(text)


def _int(text: str) -> Any:
    return int(text) if _INTEGER.fullmatch(text) else Unreadable(text)


def _unlimited_int(text: str) -> Any:
    return UNLIMITED if text == UNLIMITED else _int(text)


def _timespan(text: str) -> Any:
    seconds = timespan_seconds(text)
    return Unreadable(text) if seconds is None else timespan_text(seconds)


def _unlimited_timespan(text: str) -> Any:
    return UNLIMITED if text == UNLIMITED else _timespan(text)


def _unlimited_bytes(text: str) -> Any:
    if text == UNLIMITED:
        return UNLIMITED
    match = SIZE.fullmatch(text)
    return int(match[1]) * _FACTOR[(match[2] or "").upper()] if match else Unreadable(text)


_FROM_YAML: Mapping[str, Callable[[str], Any]] = {
    "bool": _bool,
    "int": _int,
    "nullable-int": _int,
    "unlimited-int": _unlimited_int,
    "unlimited-timespan": _unlimited_timespan,
    "timespan": _timespan,
    "unlimited-bytes": _unlimited_bytes,
}
_NEVER_QUOTED = frozenset({"bool", "int", "nullable-int"})
TEXT_KINDS = frozenset({"string", "enum", "policy-ref", "strings"})
"""The kinds whose values are texts."""


def from_yaml(kind: str, text: str, *, plain: bool, nullable: bool) -> Any:
    """Return the canonical value of a scalar, or `Unreadable` where it is none of this kind.

    A quoted text is a text: it is neither null, nor a number, nor true or false.
    """
    if plain and nullable and text == "null":
        return () if kind == "strings" else None
    if kind in TEXT_KINDS:
        if plain and (text in NULL_WORDS or text == "null"):
            return Unreadable(text)
        return None if nullable and not text else text
    if not plain and (kind in _NEVER_QUOTED or text.removeprefix("-").isdigit()):
        return Unreadable(text)
    return _FROM_YAML[kind](text)


def from_live(kind: str, raw: Any, members: Sequence[str] = (), numbers: Mapping[str, str] = EMPTY) -> Value:
    """Return the canonical value of what a Get- cmdlet showed; a text that cannot be read is kept as it is.

    `raw` is text, a list of texts, null, or what ConvertTo-Json makes of a number or a boolean.
    `members` are the names of an enumeration, `numbers` those that an export may show by their number instead.
    """
    if kind == "strings":
        items = raw if isinstance(raw, (list, tuple)) else (raw,)
        return tuple(str(item) for item in items if item is not None and item != "")
    if isinstance(raw, bool):
        return raw if kind == "bool" else str(raw)
    text = "" if raw is None else str(raw)
    if kind == "bool":
        return {"TRUE": True, "FALSE": False}.get(fold(text), text or None)
    if not text:
        return None
    if kind == "enum":
        return numbers.get(text) or next((member for member in members if fold(member) == fold(text)), text)
    if kind in {"string", "policy-ref"}:
        return text
    if fold(text) == fold(UNLIMITED):
        return UNLIMITED
    if kind == "unlimited-bytes" and text[-1:] == ")" and (shown := _SHOWN_SIZE.fullmatch(text)):
        digits = re.sub(r"[^0-9]", "", shown[1])
        return int(digits) if 0 < len(digits) <= MOST_DIGITS else text
    if kind == "timespan" and _MINUTES.fullmatch(text):
        return timespan_text(int(text) * 60)  # shown as bare minutes on some servers
    value: Value = _FROM_YAML[kind](text)
    unreadable = isinstance(value, Unreadable) or (isinstance(value, int) and len(str(value)) > MOST_DIGITS)
    return text if unreadable else value


def is_canonical(kind: str, value: Value, members: Sequence[str]) -> bool:
    """Return whether a value that is not null is one that a kind has, of an enumeration one of its members."""
    if kind == "strings":
        return isinstance(value, tuple)
    if kind == "bool" or isinstance(value, bool):
        return kind == "bool" and isinstance(value, bool)
    if kind in {"int", "nullable-int"}:
        return isinstance(value, int)
    if not isinstance(value, str):
        return kind in {"unlimited-int", "unlimited-bytes"} and isinstance(value, int)
    if kind == "enum":
        return value in members
    if kind in TEXT_KINDS:
        return True
    is_unlimited = kind.startswith("unlimited-") and value == UNLIMITED
    return is_unlimited or (kind.endswith("timespan") and TIMESPAN.fullmatch(value) is not None)


def same(kind: str, one: Value, other: Value) -> bool:
    """Return whether Exchange would take two canonical values for the same."""
    if kind == "strings":
        return one == other or _folded(one) == _folded(other) if one and other else not one and not other
    if kind in {"policy-ref", "enum"} and isinstance(one, str) and isinstance(other, str):
        return fold(one) == fold(other)
    return one == other and type(one) is type(other)


def key_of(kind: str, value: Value) -> Hashable:
    """Return what values have in common that Exchange would take for the same, as `same` says of two."""
    if kind == "strings":
        return _folded(value)
    return fold(value) if kind in {"policy-ref", "enum"} and isinstance(value, str) else (type(value), value)


def _folded(value: Value) -> frozenset[str]:
    return frozenset(fold(item) for item in value) if isinstance(value, tuple) else frozenset()
