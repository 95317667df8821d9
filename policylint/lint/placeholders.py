"""Texts that stand for one still to be written, as guides and templates have them."""

from __future__ import annotations

import re

from policylint.named_tuple import NamedTuple
from policylint.regex import regex

_X_AT_END = regex(r"(?:Appl|SEC)?[0-9A-Za-z]{0,8}?([xX]{5,})")
"""An ID of which a guide shows the beginning: `AppleDQ7xxxxx`.

Source: the ID of an Apple device is `Appl` and its serial number, in capital letters,
https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
"""
_NAMED = regex(r"(?:your|my|the|some)?[-_ ]?(?:appl)?[-_ ]?device[-_ ]?id(?:entifier)?[-_ ]?[0-9]?", re.IGNORECASE)
_WORDS = (
    "your|insert|enter|help ?desk|company|contact|phone|telephone|number|e-?mail|name|user(?:name)?|url|link|date|owner"
    "|reason|device|id|identity|value|department|organi[sz]ation|team|domain|address|ticket|tenant|mailbox|policy|string"
)
_BRACKETED = regex(
    rf"<(?![/!\s])[^<>=\"']{{0,40}}?\b(?:{_WORDS})\b[^<>=\"']{{0,40}}(?<!\s)>"
    r"|\[(?:your|insert|enter)\b[^\][]{1,60}\]|\{\{[^{}]{1,60}\}\}|\$\{[A-Za-z_][A-Za-z0-9_]{0,40}\}",
    re.IGNORECASE,
)
_TAG = regex(r"<(?:address|link|data|time|label|summary)>", re.IGNORECASE)
"""Elements of HTML that are words too."""
_LATER = regex(
    r"(?:TODO|TBD|FIXME|CHANGE ?ME|XXX+|\?{3,}|to be (?:done|defined|determined)|lorem ipsum\b.*)[:.]?", re.I
)
_FIRST_OF_LATER = frozenset("TtFfCcXxLl?")
"""The characters that such a text begins with: most texts need not be looked at."""
_LONGEST = 4000


class Placeholder(NamedTuple):
    """A text in the place of another one, and whether it can be nothing else."""

    text: str
    certain: bool


def placeholder_in(text: str) -> Placeholder | None:
    """Return what in a text for people, or in a name, is still to be written; None where nothing is."""
    if "<" in text or "[" in text or "{" in text:
        for found in _BRACKETED.finditer(text[:_LONGEST]):
            if not _TAG.fullmatch(found[0]):
                return Placeholder(found[0], certain=True)
    said = text.strip()
    if said[:1] in _FIRST_OF_LATER and _LATER.fullmatch(said):
        return Placeholder(said, certain=False)
    return None


def placeholder_id(text: str, *, all_known: bool) -> Placeholder | None:
    """Return the ID of a guide, None where it may be that of a device.

    `all_known` says that no device is known to have it, and all devices are known.
    """
    if ("v" in text or "V" in text) and _NAMED.fullmatch(text):
        return Placeholder(text, certain=True)
    found = _X_AT_END.fullmatch(text) if text[-1:] in {"x", "X"} else None
    return Placeholder(text, certain=all_known or found[1].islower()) if found is not None else None
