"""The forms in which people have the ID of a device in hand, and the form that Exchange compares.

Source: the protocol allows no special characters in a device ID, [MS-ASHTTP] 2.2.1.1.1.2.3,
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-ashttp/
Source: the identity of a partnership is `mailbox\\ExchangeActiveSyncDevices\\EAS§iPhone§ID`,
https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevice
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policylint.regex import regex
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIGNS = regex(r"§|Â§|\ufffd|%C2%A7|&sect;|&#167;|(?<=[A-Za-z])\?(?=[A-Za-z0-9]{8})", re.IGNORECASE)
"""What separates the type from the ID, also as programs spoil it. `Â§` is `§` of UTF-8 that was read as Latin-1."""
PATHS = regex(r"[\\/]")
"""What separates the names of a path."""
ENDS = regex(r"[\\/,;\s].*", re.DOTALL)
"""What follows an ID in a name."""

AROUND = regex(r"[\s\-{}()\"'`\u00ad\u200b-\u200f\u2010-\u2015\u2060\ufeff]+")
"""What people and other tools put around and between the characters of an ID."""


def bare_id(text: str) -> str:
    """Return the ID that a text holds, folded: without braces, dashes, quotes, spaces, and the path before it.

    Two texts with the same bare ID mean the same device, but Exchange compares IDs as they are written: only
    `fold(text)` says whether it takes them for the same. Empty where the text holds no ID.
    """
    if text.isalnum():  # nearly always, and a snapshot has a million of them
        return fold(text)
    return fold(AROUND.sub("", id_part(text)))


def may_hold(ids: Sequence[str]) -> Callable[[str], bool]:
    """Return what says of texts, a line each, whether one of them may be one of some IDs, in whatever form.

    It looks at all of the lines at once. Where it says no, none of them has the bare ID of one, and none is equal to
    one without regard to case.
    """
    wanted = [fold(each).encode() for each in ids if each], [bare_id(each).encode() for each in ids]
    if len(ids) > _MOST_AT_ONCE or not all(map(str.isascii, ids)):
        return lambda _lines: True

    def may(lines: str) -> bool:
        if not lines.isascii():
            return True
        data = lines.encode().upper()
        if any(each in data for each in wanted[0]):
            return True
        bare = data.translate(None, _ASCII_LETTERS)
        return any(each in bare for each in wanted[1])

    return may


_MOST_AT_ONCE = 8
"""How many IDs are looked for at once; more take longer than to look at each device."""

_ASCII_LETTERS = b" \t\v\f\r-{}()\"'`\x1c\x1d\x1e\x1f"
"""What of ASCII people put around and between the characters of an ID, but for the end of a line."""


def is_path(text: str) -> bool:
    """Return whether a text is the name of a partnership, or a part of one, with an ID at its end."""
    return SIGNS.search(text) is not None or PATHS.search(text) is not None


def id_part(text: str) -> str:
    """Return the part of the name of a partnership that holds the ID: what follows the last sign, else the last name.

    In a distinguished name the ID ends before the next name.
    """
    *before, last = SIGNS.split(text.strip())
    if before:
        return ENDS.sub("", last) or ENDS.sub("", SIGNS.split(before[-1])[-1])
    return next((part for part in reversed(PATHS.split(text.strip())) if part), "")
