"""Text as Exchange compares it."""

from __future__ import annotations


def fold(text: str) -> str:
    """Return the text as Exchange compares it: without regard to case, character by character.

    Source: directory names and query strings compare ordinally without case,
    https://learn.microsoft.com/dotnet/api/system.stringcomparer.ordinalignorecase
    """
    if text.isascii():
        return text.upper()
    return "".join(upper if len(upper := char.upper()) == 1 else char for char in text)
