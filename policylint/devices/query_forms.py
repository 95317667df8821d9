"""Strings in a form that no device reports: a range, a comment in parentheses, a digit left open.

Source: rules compare the whole value, and there are no ranges and no wildcards,
https://learn.microsoft.com/powershell/module/exchangepowershell/new-activesyncdeviceaccessrule
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from policylint.named_tuple import NamedTuple
from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    Version: TypeAlias = tuple[int, ...]
    Within: TypeAlias = Callable[[Version], bool]

_FROM = r"\+|>=?|\b(?:or|and) (?:later|newer|higher|above|up)\b|\b(?:at least|from|above|newer than)\b"
_BELOW = r"<|\b(?:below|older than|before|lower than)\b"
_UP_TO = r"<=|\b(?:or|and) (?:earlier|older|lower|below)\b|\bup to\b"
_NUMBER = r"[0-9]+(?:\.[0-9]+)*"
_FROM_SIGN = regex(_FROM, re.IGNORECASE)
_BELOW_SIGN = regex(_BELOW, re.IGNORECASE)
_UP_TO_SIGN = regex(_UP_TO, re.IGNORECASE)
_LIMIT = regex(rf"{_UP_TO}|{_BELOW}|{_FROM}|=", re.IGNORECASE)
_SPAN = regex(rf"({_NUMBER})\s*(?:-|\.\.+|\bto\b|\bthrough\b)\s*(?:[A-Za-z]+\s+)?({_NUMBER})$", re.IGNORECASE)
_SEVERAL = regex(
    rf"{_NUMBER}\s*(?:[/|;&]|,\s+|\bor\b|\band\b)\s*(?:[A-Za-z]+\s+)?{_NUMBER}|{_NUMBER}(?:,{_NUMBER}){{2,}}|\.[0-9]+,[0-9]+\.",
    re.IGNORECASE,
)
_OPEN = regex(r"(?<=[0-9.])[xX]+(?=$|[\s.])")
_OPEN_APPLE = regex(r"iP(?:hone|ad|od)[0-9]*[C,]?[xX]+", re.IGNORECASE)
_TRAILING = regex(r"[\s.,;:]+$")
_APPLE = regex(r"(iPhone|iPad|iPod)([0-9]+)\s*[,._-]\s*([0-9]+)", re.IGNORECASE)
_APPLE_WITH_COMMENT = regex(r"(iP(?:hone|ad|od)[0-9]+[C,][0-9]+)\s*[(\[].*", re.IGNORECASE)
_SYSTEM = regex(r"^(iOS|iPadOS|Android)(?:\s*v\.?\s*|[-_]?)(?=[0-9])", re.IGNORECASE)
_IN_QUOTES = regex(r"""(["'])(.+)\1""")
_DECIMAL_COMMA = regex(r"(?<=[0-9]),(?=[0-9])")
_SIGN = regex(r"[^\w\s.]")
_FAMILY = regex(rf"([A-Za-z][A-Za-z ]*?)\s*v?({_NUMBER})(?![A-Za-z0-9])", re.IGNORECASE)

ONLY_VERSIONS = frozenset({"DeviceOS"})
"""The characteristics of which every sign of every known value is known well enough to say that another is wrong.

The models of some makers hold parentheses and plus signs.
"""


VERSIONED = frozenset({"DeviceOS", "UserAgent"})
"""The characteristics whose values change with each update, where they hold a number."""

CONSTANT_AGENTS = frozenset({"Outlook-iOS/2.0", "Outlook-Android/2.0", "Outlook-iOS-Android/1.0"})
"""The user agents that hold a number which never changes.

Source: https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/outlook-for-ios-and-android/secure-outlook-for-ios-and-android
"""

_CONSTANT = frozenset(map(fold, CONSTANT_AGENTS))
_DIGIT = regex(r"[0-9]")


def is_versioned(characteristic: str, text: str) -> bool:
    """Return whether a value is one version of a system or an app: after the next update devices show another one."""
    return characteristic in VERSIONED and _DIGIT.search(text) is not None and fold(text) not in _CONSTANT


class Misform(NamedTuple):
    """Why no device reports a text, and the text that is meant, None where a rule cannot say it.

    `within` says of a version whether the text means it, where the text is a range of versions.
    """

    words: str
    meant: str | None = None
    within: Within | None = None


def version_in(text: str) -> tuple[str, Version] | None:
    """Return the name of a system and its version: `iOS` and (17, 4) of `iOS 17.4 21E219`; None where there is none."""
    found = _FAMILY.match(_LIMIT.sub(" ", text).strip())
    return (found[1].strip(), _version(found[2])) if found is not None else None


def misform(characteristic: str, text: str, signs: Collection[str]) -> Misform | None:
    """Return why no device can report a text as a characteristic, None where one may.

    `signs` are those that values hold which devices are known to report.
    """
    if characteristic in ONLY_VERSIONS and (found := _range(text)) is not None:
        return found
    if characteristic in {"DeviceOS", "UserAgent"} and _OPEN.search(text):
        return Misform("a rule cannot leave a digit open", within=_beginning(text))
    if characteristic == "DeviceModel" and _OPEN_APPLE.fullmatch(text):
        return Misform("a rule cannot leave a digit open")
    meant = _meant(characteristic, text, signs)
    return Misform("no known value is written so", meant) if meant != text else None


def _range(text: str) -> Misform | None:
    """Return a text as a range of versions, or as several of them."""
    if _DIGIT.search(text) is None:
        return None
    words = "rules compare whole values and cannot say ranges"
    if (span := _SPAN.search(text)) is not None:
        low, high = _version(span[1]), _version(span[2])
        return Misform(words, within=lambda version: low <= version and version[: len(high)] <= high)
    if _SEVERAL.search(text):
        return Misform("a rule compares one value")
    number = re.search(_NUMBER, text)
    if number is None:
        return None
    limit = _version(number[0])
    if _UP_TO_SIGN.search(text):
        return Misform(words, within=lambda version: version[: len(limit)] <= limit)
    if _BELOW_SIGN.search(text):
        return Misform(words, within=lambda version: version < limit)
    if _FROM_SIGN.search(text):
        return Misform(words, within=lambda version: version >= limit)
    return None


def _beginning(text: str) -> Within | None:
    """Return whether a version begins as the digits do before the open one; None where part of a number is open."""
    found = re.search(rf"({_NUMBER})\.[xX]", text)
    if found is None:
        return None
    beginning = _version(found[1])
    return lambda version: version[: len(beginning)] == beginning


def _meant(characteristic: str, text: str, signs: Collection[str]) -> str:
    """Return a text without the signs that no known value has."""
    quoted = _IN_QUOTES.fullmatch(text)
    text = _TRAILING.sub("", quoted[2] if quoted is not None else text)
    if characteristic == "DeviceModel":
        with_comment = _APPLE_WITH_COMMENT.fullmatch(text)
        text = with_comment[1] if with_comment is not None else text
        model = _APPLE.fullmatch(text)
        return f"{model[1]}{model[2]}C{model[3]}" if model is not None else text
    if characteristic not in ONLY_VERSIONS:
        return text
    text = _DECIMAL_COMMA.sub(".", text) if "," not in signs else text
    text = _SYSTEM.sub(r"\1 ", text)
    plain = _SIGN.sub(lambda found: found[0] if found[0] in signs else " ", text)
    return " ".join(plain.split()) if plain != text else text


def _version(text: str) -> Version:
    return tuple(map(int, text.split(".")))
