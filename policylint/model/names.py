"""Objects by the names that Exchange knows them under.

A mailbox is found by its name, alias, distinguished name, canonical name, `domain\\user`, any of its addresses, GUID,
legacy distinguished name, logon name and user principal name, without regard to case; not by its display name.
Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policylint.phrases import count, listed
from policylint.text import fold, matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policylint.model.entity import Entity

LOGON_NAME = "SamAccountName"
"""The property with the name of a user in a domain, which people write behind the domain."""


class Names:
    """Objects by folded name. The key of one is its own, whatever others are called; another name may be that of two.

    Most objects are asked for by their keys, so the other names are gathered when the first of them is asked for.
    """

    def __init__(self, objects: Mapping[str, Entity]) -> None:
        self._objects = objects

    def all(self, name: str) -> tuple[Entity, ...]:
        """Return the objects of a name, in the order read: none, the one, or those that nobody can tell apart."""
        if name in self._objects:
            return (self._objects[name],)
        found = self._others.get(name, ())
        if found or "\\" not in name:
            return found
        user = name.rpartition("\\")[2]
        return tuple(each for each in self._others.get(user, ()) if fold(each.ids.get(LOGON_NAME, "")) == user)

    def why_not_one(self, name: str, none: str) -> str:
        """Return in words why a name is not that of one mailbox: whose it is, or `none`."""
        several = self.all(name)
        return f"is the name of {mailboxes_in_words(several)}" if several else none

    def get(self, name: str) -> Entity | None:
        """Return the object of a name, None where it is that of none or of several."""
        found = self.all(name)
        return found[0] if len(found) == 1 else None

    def __getitem__(self, name: str) -> Entity:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    @cached_property
    def _others(self) -> Mapping[str, tuple[Entity, ...]]:
        found: dict[str, tuple[Entity, ...]] = {}
        for entity in self._objects.values():
            for name in {*map(fold, entity.names)}:
                found[name] = (*found[name], entity) if name in found else (entity,)
        return found


_WILDCARDS = frozenset("*?[")


def is_pattern(text: str) -> bool:
    """Return whether a text may mean several names: it holds a wildcard."""
    return not _WILDCARDS.isdisjoint(text)


def is_called(entity: Entity, name: str) -> bool:
    """Return whether Exchange knows an object under a name or under one that a pattern means.

    What stands behind a domain is the logon name.
    """
    if any(fold(each) == fold(name) or matches(each, name) for each in entity.names):
        return True
    user, logon_name = name.rpartition("\\")[2], entity.ids.get(LOGON_NAME)
    return user != name and logon_name is not None and matches(logon_name, user)


def mailboxes_in_words(mailboxes: Sequence[Entity]) -> str:
    """Return how many mailboxes there are, and the first of them."""
    return f"{count(len(mailboxes), 'mailbox')}: {listed(each.identity for each in mailboxes)}"
