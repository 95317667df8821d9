"""What is wrong with the form of a device ID, as people write it into a list.

Source: the protocol allows no special characters in a device ID, [MS-ASHTTP] 2.2.1.1.1.2.3,
https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-ashttp/
"""

from __future__ import annotations

import re

from policylint.devices.device_ids import bare_id

_GUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;|\s]+")
_PATH = re.compile(r"[\\/§]")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_PLAIN = re.compile(r"[A-Za-z0-9]+")
_LABEL = re.compile(r"^\s*(?:device\s*id|id)\s*[:=]\s*", re.IGNORECASE)


def ids_in(text: str) -> tuple[str, ...]:
    """Return the bare IDs that an entry of a list holds: mostly one; none of an entry without letters and digits."""
    parts = [text] if _PATH.search(text) else _BETWEEN.split(_LABEL.sub("", text))
    return tuple(filter(None, (re.sub(r"[^A-Z0-9]", "", bare_id(part)) for part in parts)))


def flaw_of_id(text: str) -> str | None:
    """Return in words why no device can have an ID, None where one may.

    Spaces around an ID are not seen here.
    """
    text = text.strip()
    if _PLAIN.fullmatch(text) or not text.replace("§", "").isascii():
        return None
    if _GUID.fullmatch(text):
        return "is written as a GUID"
    if _PATH.search(text):
        return "is the path of a partnership"
    if _ADDRESS.fullmatch(text):
        return "is an address"
    if len(ids_in(text)) > 1:
        return f"holds {len(ids_in(text))} IDs"
    return "has characters that no device ID has"
