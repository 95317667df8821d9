"""What a file says of one property, to a value as a sealed snapshot has it: a text, a list of texts, or null."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from policylint.named_tuple import NamedTuple
from policylint.phrases import quoted
from policylint.readers.json_values import MalformedError, decode
from policylint.regex import regex
from policylint.schema.values import timespan_text
from policylint.text import fold, instant

if TYPE_CHECKING:
    from policylint.readers.rows import Value

Shown: TypeAlias = "str | list[str] | None"
"""A value of a row of a sealed snapshot."""


class Lost(NamedTuple):
    """A value that is not what Exchange keeps any more: the code of the problem and what there is instead."""

    code: str
    message: str


_TYPE_NAME = regex(r"(?:System|Microsoft|Deserialized)\.[\w.+]+(?:`\d+)?(?:\[.*\])?|.*MultiValuedProperty`1\[.*")
_OBJECT = regex(r"System\.(?:Object|String)\[\]|System\.Collections\..+|[\w.]+`[0-9]+\[.*\]")
_HASH_TABLE = regex(r"@\{.*\}?", re.DOTALL)
_CUT = regex(r"(?:\.\.\.|\u2026)\}?$")
_SEPARATORS = regex(r"[;,|\r\n]+")
DEVICE_ID = regex(r"(?=.*[^\W_])[\w.:@+=~-]+")
"""The ID of a device, which has letters and digits and little else.

Source: the protocol allows no special characters in a device ID, [MS-ASHTTP] 2.2.1.1.1.2.3,
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-ashttp/
"""
ADDRESS = regex(r"[^\s\"<>()\[\]{},;@]+@[^\s\"<>()\[\]{},;@]+")
_NO_ITEM = regex(r"[#$].*|-+|null|none|nil|nan|n/?a|true|false|undefined|\(null\)|\(empty\)", re.IGNORECASE | re.DOTALL)
"""What scripts and spreadsheets write where there is nothing, or nothing that they could tell."""
_REWRITTEN = regex(r"[0-9]+[.,]?[0-9]*E\+[0-9]+", re.IGNORECASE)
_ISO_DATE = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{5,16}(?:Z|[+-][0-9]{2}:?[0-9]{2})?")
_TICKS = 10_000_000
_NO_YEAR = 999
_NAMES = ("DistinguishedName", "Name", "Address", "Value", "value", "Guid", "ObjectGuid")
"""The members that stand for an object of several, the best first.

Source: what ConvertTo-Json of Windows PowerShell writes of a Guid and of an enumeration, and what an ADObjectId has,
https://learn.microsoft.com/previous-versions/office/developer/exchange-server-2010/ff326159(v=exchg.150)
"""


def scalar(value: Value) -> str | Lost | None:
    """Return a value as a text, None where there is none."""
    if value is None or isinstance(value, str):
        return value if not value or value[0] not in "@SMD" else _whole(value)
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return _member(value)
    if isinstance(value, list):
        return Lost("depth-cut", "a list where one value belongs")
    return str(int(value)) if value.is_integer() else str(value)


def _whole(text: str) -> str | Lost:
    """Return a text that is not what PowerShell writes in the place of something deeper."""
    if _HASH_TABLE.fullmatch(text) or _OBJECT.fullmatch(text):
        return Lost("depth-cut", f"`{text[:60]}` where a value belongs")
    return text


def _member(value: dict[str, Any]) -> str | Lost | None:
    """Return what stands for an object: Unlimited, a time span, a size, an address, the name of an object."""
    if value.get("IsUnlimited") is True:
        return "Unlimited"
    ticks = value.get("Ticks")
    if isinstance(ticks, int) and not isinstance(ticks, bool):
        return timespan_text(ticks // _TICKS)
    if isinstance(value.get("Local"), str) and isinstance(value.get("Domain"), str):
        return f"{value['Local']}@{value['Domain']}"
    for name in _NAMES:
        if value.get(name) not in (None, ""):
            return scalar(value[name])
    return Lost("depth-cut", "an object of several members where a value belongs")


def items(value: Value, form: re.Pattern[str] | None = None) -> list[str] | Lost | None:
    """Return a value as a list of texts, None where the file shows that there is none.

    A text is what a script joined the list to: device IDs and addresses hold neither semicolons nor commas. Blanks
    alone are what ConvertTo-Json leaves of a list that lies too deep. `form` is what each item looks like, where that
    is known.
    """
    if value is None:
        return None
    if isinstance(value, dict) and isinstance(value.get("value"), list):
        value = value["value"]
    if isinstance(value, dict):
        return Lost("list-lost", "an object where a list belongs")
    if isinstance(value, str):
        return _split(value.strip(), form)
    found = [scalar(item) for item in (value if isinstance(value, list) else [value])]
    lost = next((item for item in found if isinstance(item, Lost)), None)
    if lost is not None:
        return Lost("list-lost", f"{lost.message} in it")
    number = next((item for item in (value if isinstance(value, list) else [value]) if isinstance(item, float)), None)
    if number is not None:
        return fraction(number)
    return _checked([item for item in found if isinstance(item, str) and item], form)


def _split(text: str, form: re.Pattern[str] | None) -> list[str] | Lost:
    if not text:
        return []
    if text.startswith("[") and text.endswith("]"):
        return _of_json(text, form)
    if _TYPE_NAME.fullmatch(text):
        return Lost("list-lost", f"`{text[:60]}` is there instead of what it holds")
    if _HASH_TABLE.fullmatch(text):
        return Lost("depth-cut", f"`{text[:60]}` is there instead of what it holds")
    if _CUT.search(text):
        return Lost("list-cut", f"`{text[-40:]}` ends in the middle")
    found = [part.strip() for part in _SEPARATORS.split(text.removeprefix("{").removesuffix("}"))]
    if any(" " in part for part in found) and not _SEPARATORS.search(text):
        return Lost("depth-cut", f"`{text[:60]}` has blanks where the ends of items were")
    return _checked([part for part in found if part], form)


def _of_json(text: str, form: re.Pattern[str] | None) -> list[str] | Lost:
    """Return the list that a text is in JSON."""
    try:
        return items(decode(text), form) or []
    except MalformedError:
        return Lost("list-lost", f"`{text[:60]}` is neither a list in JSON nor items with separators")


def _checked(found: list[str], form: re.Pattern[str] | None) -> list[str] | Lost:
    for item in found:
        if _REWRITTEN.fullmatch(item):
            return rewritten(item)
        if _CUT.search(item):
            return Lost("list-cut", f"`{item[-40:]}` ends in the middle")
        if _TYPE_NAME.fullmatch(item) or _HASH_TABLE.fullmatch(item):
            return Lost("list-lost", f"`{item[:60]}` is there instead of what it holds")
        if _NO_ITEM.fullmatch(item) or (form is not None and not form.fullmatch(item)):
            return Lost("list-lost", f"{quoted(item)} is no item of it")
    return found


def rewritten(text: str) -> Lost:
    """Return the loss of a text that a spreadsheet took for a number."""
    return Lost("rewritten-number", f"`{text[:40]}` is what a spreadsheet makes of digits")


def fraction(number: float) -> Lost:
    """Return the loss of a text that a program took for a number, which has lost zeros and digits."""
    return Lost("rewritten-number", f"`{number}` is a number where a text belongs")


def is_rewritten(text: str) -> bool:
    """Return whether a text is a number as spreadsheets write long ones."""
    return _REWRITTEN.fullmatch(text) is not None


def moment(text: str) -> str | None:
    """Return a time as `2026-11-20T06:00:00Z`, None where its order of day and month is that of some machine.

    One without a zone is UTC: Exchange shows the times of devices so.
    Source: https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevice
    """
    found = instant(text.replace(" ", "T", 1)) if _ISO_DATE.fullmatch(text) else None
    return f"{found:%Y-%m-%dT%H:%M:%SZ}" if found is not None and found.year > _NO_YEAR else None


def same_text(one: Shown, other: Shown) -> bool:
    """Return whether two files say the same of a property: texts without regard to case, lists in any order."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(fold, one)) == sorted(map(fold, other))
    if isinstance(one, list) or isinstance(other, list):
        return False
    return fold(one or "") == fold(other or "")
