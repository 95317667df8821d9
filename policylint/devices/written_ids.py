"""What is wrong with the form of a device ID, as people write it into a list.

Source: the protocol allows no special characters in a device ID, [MS-ASHTTP] 2.2.1.1.1.2.3,
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-ashttp/
"""

from __future__ import annotations

import re

from policylint.devices.confusables import invisible, look_alikes, replaced, tidy
from policylint.devices.device_ids import id_part, is_path
from policylint.regex import regex
from policylint.syntax.parse import forbidden_character

_GUID = regex(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
_BETWEEN = regex(r"[,;|\s]+")
_ADDRESS = regex(r"[^@\s]+@[^@\s]+")
_SIGN = regex(r"[^A-Za-z0-9]")
_PATTERN = regex(r"[*?%]")
_HEX = regex(r"[0-9A-Fa-f]{32}")
_LONGEST_GROUP = 12
_PLAIN = regex(r"[A-Za-z0-9]+")
LONGEST_ID = 32
"""How many characters a device ID has at most; the current protocol names no limit.

Source: https://social.msdn.microsoft.com/Forums/en-US/1a972d04-d3dd-4268-a718-6a1040c8c28f/exchange-activesync-device-id-format
"""
_LABEL = regex(r"^\s*(?:device\s*id|id)\s*[:=]\s*", re.IGNORECASE)


def ids_in(text: str) -> tuple[str, ...]:
    """Return the IDs that an entry of a list holds, letters and digits alone: mostly one, in the case written.

    None of an entry without letters and digits, or with a letter that no ID has and that looks like none. One ID that
    is written in groups is one.
    """
    if text.isascii() and text.isalnum():
        return (text,)
    text = tidy(replaced(text, {**look_alikes(text, signs=True), **invisible(text)}))
    parts = [id_part(text)] if is_path(text) else _BETWEEN.split(_LABEL.sub("", text))
    if any(char.isalnum() and not char.isascii() for part in parts for char in part):
        return ()
    found = tuple(filter(None, (_SIGN.sub("", part) for part in parts)))
    in_groups = len(found) > 1 and max(map(len, found)) <= _LONGEST_GROUP and _HEX.fullmatch("".join(found))
    return ("".join(found),) if in_groups else found


def why_not_listed(device_id: str) -> str | None:
    """Return in words why no list of a policy file can hold the ID of a device, None where one can."""
    if not device_id.strip():
        return "it has no ID"
    if forbidden_character(device_id) is not None or not device_id.isprintable():
        return "its ID holds characters that no policy file may hold"
    return None


def flaw_of_id(text: str) -> str | None:
    """Return in words why no device can have an ID, None where one may.

    Plain spaces around an ID are not seen here, nor characters that are invisible.
    """
    if text.isascii() and text.isalnum():
        return None
    if not text.strip():
        return "is blank"
    if text.strip() != text.strip(" \t\r\n"):
        return "begins or ends with another kind of space"
    text = text.strip()
    if _PLAIN.fullmatch(text) or invisible(text):
        return None
    if _GUID.fullmatch(text):
        return "is written as a GUID"
    if is_path(text):
        return "is the path of a partnership"
    if _PATTERN.search(text):
        return "is a pattern, and IDs are compared whole"
    if _ADDRESS.fullmatch(text):
        return "is an address"
    if len(ids_in(text)) > 1:
        return f"holds {len(ids_in(text))} IDs"
    return "has characters that no device ID has"
