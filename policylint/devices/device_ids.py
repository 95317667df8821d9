"""The forms in which people have the ID of a device in hand, and the form that Exchange compares.

Source: the protocol allows no special characters in a device ID, [MS-ASHTTP] 2.2.1.1.1.2.3,
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-ashttp/
Source: the identity of a partnership is `mailbox\\ExchangeActiveSyncDevices\\EAS§iPhone§ID`,
https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevice
"""

from __future__ import annotations

import re

from policylint.text import fold

_PARTS = re.compile(r"[\\/§]|Â§")
"""What separates the parts of an identity. `Â§` is `§` of UTF-8 that was read as Latin-1."""

_LETTERS = re.compile(r"[\s\-{}()\"'`\u00ad\u200b-\u200f\u2010-\u2015\u2060\ufeff]+")
"""What people and other tools put around and between the characters of an ID."""


def bare_id(text: str) -> str:
    """Return the ID that a text holds, folded: without braces, dashes, quotes, spaces, and the path before it.

    Two texts with the same bare ID mean the same device, but Exchange compares IDs as they are written: only
    `fold(text)` says whether it takes them for the same. Empty where the text holds no ID.
    """
    return fold(_LETTERS.sub("", _PARTS.split(text.strip().rstrip("\\/"))[-1]))
