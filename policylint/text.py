"""Text as Exchange compares it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TypeAlias

from policylint.regex import regex
from policylint.uppercase import upper_case

_SMTP = regex(r"\s*(?:smtp:)?([^\s:@]+@[^\s:@]+)\s*", re.IGNORECASE)
_BETWEEN_ADDRESSES = regex(r"[\s,;{}]+")
_DIGITS = regex(r"([0-9]+)")
_VERSION = regex(r"[0-9]{1,9}(?:\.[0-9]{1,9})*")


_TIME = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_ZONED = regex(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,7})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


NaturalKey: TypeAlias = "tuple[str | tuple[int, str], ...]"
"""What texts are ordered by as people order them."""


def fold(text: str) -> str:
    """Return the text as Exchange compares it: without regard to case, character by character.

    Source: directory names and query strings compare ordinally without case,
    https://learn.microsoft.com/dotnet/api/system.stringcomparer.ordinalignorecase
    """
    return text.upper() if text.isascii() else text.translate(upper_case())


def matches(text: str, pattern: str) -> bool:
    """Return whether a text is as a pattern such as `kiosk-*@contoso.com` says, without regard to case."""
    return fnmatchcase(fold(text), fold(pattern))


def natural(text: str) -> NaturalKey:
    """Return what texts are ordered by as people order them: without regard to case, numbers by their value."""
    parts: list[str | tuple[int, str]] = []
    for place, part in enumerate(_DIGITS.split(fold(text))):
        digits = part.lstrip("0")
        parts.append((len(digits), digits) if place % 2 else part)
    return tuple(parts)


def version_of(text: str) -> tuple[int, ...] | None:
    """Return the parts of a version written `16.1`, for comparing; None where it is not one."""
    return tuple(map(int, text.split("."))) if _VERSION.fullmatch(text) else None


def utc_time(text: str) -> str:
    """Return a time as `2026-11-20T06:00:00Z`, the empty text where it is none; one without a zone is UTC."""
    if not text or _TIME.fullmatch(text):
        return text
    found = instant(text)
    return found.strftime("%Y-%m-%dT%H:%M:%SZ") if found is not None and found.year > 999 else ""


def zoned_time(text: str) -> str:
    """Return a time that says its zone as `2026-11-20T06:00:00Z`, the empty text where it is none or says no zone."""
    if _ZONED.fullmatch(text) is None or (found := instant(text)) is None:
        return ""
    return found.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def instant(text: str) -> datetime | None:
    """Return the moment that a text in ISO 8601 names, UTC where it has no zone; None where it is no time."""
    try:
        found = datetime.fromisoformat(text)
        return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def smtp_addresses(value: object) -> tuple[str, ...]:
    """Return the addresses of mail among those that a mailbox has: `smtp:` or `SMTP:` stands before each, or nothing.

    A list may be one text, as in CSV.
    Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
    """
    items = value if isinstance(value, list) else _BETWEEN_ADDRESSES.split(value) if isinstance(value, str) else ()
    found = (_SMTP.fullmatch(str(item)) for item in items)
    return tuple(match[1] for match in found if match is not None)
