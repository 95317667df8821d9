"""Whose a device is: its file says where the object stands, and the mailboxes say whose place that is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from policylint.regex import regex
from policylint.text import fold, smtp_addresses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policylint.schema.store import ObjectType

ADDRESSES = ("mailbox", "PrimarySmtpAddress", "UserPrincipalName")
"""The properties of a device in which a file may say whose it is, the best first."""

_PARENT = regex(r"CN=(?:[^,\\]|\\.)*,CN=ExchangeActiveSyncDevices,(.+)", re.DOTALL | re.IGNORECASE)
_PREFIX = regex(r"(.+)[\\/]ExchangeActiveSyncDevices[\\/]", re.DOTALL | re.IGNORECASE)
"""What stands before a device in its distinguished name and in its identity: the name of the mailbox.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/get-mobiledevice
"""
_FIRST_NAME = regex(r"CN=((?:[^,\\]|\\.)+)", re.IGNORECASE)
_BETWEEN = "\n"


def hint_of(row: Mapping[str, Any]) -> str:
    """Return what a device says of its owner, as one text; empty where it says nothing."""
    for name in ADDRESSES:
        if row.get(name):
            return str(row[name])
    parent = _PARENT.fullmatch(row.get("DistinguishedName") or "")
    prefix = _PREFIX.match(row.get("Identity") or "")
    return _BETWEEN.join(match[1] for match in (parent, prefix) if match is not None)


class Owners:
    """The mailboxes by the names that a device may have for one; None where the mailboxes are not known.

    Names of one kind are looked up when a device has none of those before: most have a distinguished name.
    """

    def __init__(self, rows: Sequence[Mapping[str, Any]] | None, described: ObjectType) -> None:
        self._rows, self._described = rows, described
        own = ("DistinguishedName", *described.names, *described.ids)
        addresses = () if described.addresses is None else (described.addresses,)
        self._properties = tuple(dict.fromkeys((*own, *addresses)))
        self._known: dict[str, Mapping[str, str | None]] = {}

    def find(self, hint: str) -> tuple[str, str | None]:
        """Return the name of an owner and the key of the mailbox; no name and None where it is not known."""
        if self._rows is None:
            name = _shortest(hint)
            return name, fold(name) or None
        for part in filter(None, hint.split(_BETWEEN)):
            folded = fold(part)
            for name in self._properties:
                known = self._names(name)
                if folded in known:
                    address = known[folded]
                    return ("", None) if address is None else (address, fold(address))
        return "", None

    def _names(self, name: str) -> Mapping[str, str | None]:
        """Return the names of mailboxes in one property, folded; None is that of two."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._index(name)
        return found

    def _index(self, name: str) -> Mapping[str, str | None]:
        names: dict[str, str | None] = {}
        for row in self._rows or ():
            identified = self._described.identify_live(row)
            value = row.get(name)
            if identified is None or not value:
                continue
            for each in {*map(fold, smtp_addresses(value) if isinstance(value, list) else (str(value),))}:
                names[each] = identified[0] if names.setdefault(each, identified[0]) == identified[0] else None
        return names


def _shortest(hint: str) -> str:
    """Return the shortest of the names that a device has for its owner."""
    first = hint.rpartition(_BETWEEN)[2]
    named = _FIRST_NAME.match(first)
    return named[1].replace("\\", "") if named is not None else re.split(r"[\\/]", first)[-1]
