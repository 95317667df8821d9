"""The forms in which people have the ID of a device in hand, and the form that Exchange compares.

Source: the protocol allows no special characters in a device ID, [MS-ASHTTP] 2.2.1.1.1.2.3,
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-ashttp/
Source: the identity of a partnership is `mailbox\\ExchangeActiveSyncDevices\\EAS§iPhone§ID`,
https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevice
"""

from __future__ import annotations

import re

from policylint.regex import regex
from policylint.text import fold

_SIGN = regex(r"§|Â§|\ufffd|%C2%A7|&sect;|&#167;|(?<=[A-Za-z])\?(?=[A-Za-z0-9]{8})", re.IGNORECASE)
"""What separates the type from the ID, also as programs spoil it. `Â§` is `§` of UTF-8 that was read as Latin-1."""
_PATH = regex(r"[\\/]")
_END = regex(r"[\\/,;\s].*", re.DOTALL)

_LETTERS = regex(r"[\s\-{}()\"'`\u00ad\u200b-\u200f\u2010-\u2015\u2060\ufeff]+")
"""What people and other tools put around and between the characters of an ID."""


def bare_id(text: str) -> str:
    """Return the ID that a text holds, folded: without braces, dashes, quotes, spaces, and the path before it.

    Two texts with the same bare ID mean the same device, but Exchange compares IDs as they are written: only
    `fold(text)` says whether it takes them for the same. Empty where the text holds no ID.
    """
    if text.isalnum():  # nearly always, and a snapshot has a million of them
        return fold(text)
    return fold(_LETTERS.sub("", id_part(text)))


def is_path(text: str) -> bool:
    """Return whether a text is the name of a partnership, or a part of one, with an ID at its end."""
    return _SIGN.search(text) is not None or _PATH.search(text) is not None


def id_part(text: str) -> str:
    """Return the part of the name of a partnership that holds the ID: what follows the last sign, else the last name.

    In a distinguished name the ID ends before the next name.
    """
    *before, last = _SIGN.split(text.strip())
    if before:
        return _END.sub("", last) or _END.sub("", _SIGN.split(before[-1])[-1])
    return next((part for part in reversed(_PATH.split(text.strip())) if part), "")
