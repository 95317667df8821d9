"""Text as Exchange compares it."""

from __future__ import annotations

import re

_VERSION = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})*")


def fold(text: str) -> str:
    """Return the text as Exchange compares it: without regard to case, character by character.

    The dotless i stays itself, as it does in .NET.

    Source: directory names and query strings compare ordinally without case,
    https://learn.microsoft.com/dotnet/api/system.stringcomparer.ordinalignorecase
    """
    if text.isascii():
        return text.upper()
    return "".join(char if len(upper := char.upper()) > 1 or char == _DOTLESS_I else upper for char in text)


_DOTLESS_I = "\u0131"


def version_of(text: str) -> tuple[int, ...] | None:
    """Return the parts of a version written `16.1`, for comparing; None where it is not one."""
    return tuple(map(int, text.split("."))) if _VERSION.fullmatch(text) else None
