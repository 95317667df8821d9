"""Text as Exchange compares it."""

from __future__ import annotations


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
