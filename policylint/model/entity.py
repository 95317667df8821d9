"""One object that Exchange keeps, declared or live: what it is, what is known of it, and its location."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policylint.model.origin import Origin
    from policylint.source import Span

Value: TypeAlias = bool | int | str | tuple[str, ...] | None
"""A setting in its canonical form; see `policylint.schema.values`."""

ObjectKind: TypeAlias = str
"""What an object is: the name of one of the kinds that `schemas/policy/` describes."""

USER_NAME = "UserPrincipalName"
"""The property with the name that a user signs in with, which has the form of an address."""

EXEMPTIONS = "exemptions"
"""The key of what is said of single items of the lists of an object."""

EMPTY: Mapping[str, Any] = MappingProxyType({})


class ListEdit(tuple[str, ...]):
    """A declared list that says what must be in it and what must not, and leaves the rest: the items to add.

    `remove` are the items that it must not have.
    """

    remove: tuple[str, ...]

    def __new__(cls, add: Iterable[str], remove: Iterable[str]) -> Self:
        """Return the edit that adds and removes some items."""
        edit = super().__new__(cls, add)
        edit.remove = tuple(remove)
        return edit

    def of(self, live: Iterable[str]) -> tuple[str, ...]:
        """Return what comes of a live list, without regard to case."""
        gone, known = set(map(fold, self.remove)), {fold(item) for item in live}
        kept = (item for item in live if fold(item) not in gone)
        return (*kept, *(item for item in self if fold(item) not in known))


def comparable(value: Value) -> Value | frozenset[str]:
    """Return what equal values have in common: of a list its items, folded, in whatever order; else the value."""
    return frozenset(map(fold, value)) if isinstance(value, tuple) else value


def removed_items(value: Value) -> tuple[str, ...]:
    """Return the items that a list in part takes out; none of another value."""
    return value.remove if isinstance(value, ListEdit) else ()


def written_items(value: Value) -> tuple[str, ...]:
    """Return the items of a list in the order of their places: what it takes out is behind what it adds."""
    return (*value, *removed_items(value)) if isinstance(value, tuple) else ()


class Lent(NamedTuple):
    """The entry with `matches` that a setting comes of, and the words of its `matches`."""

    entry: Entity
    pattern: str


class Entity(NamedTuple):
    """An object with the settings that are known of it; a setting that is not there is unmanaged, or was not read.

    `key` is what Exchange knows the object by, folded: two entities of one kind with one key are the same object.
    `ids` are the names under which live Exchange also knows it: Guid, DistinguishedName, Identity.
    `aliases` are the other addresses of a live mailbox.
    `notes` are policylint's own keys: reason, owner, expires. `exemptions` are the same of single items of its lists,
    by the folded item.
    `base` is the live object beneath a declared one; what is not declared comes from there.
    `pattern` are the words of the `matches` of the entry that a declared object comes of, empty where it is an entry.
    `lent` says of settings that come of another entry with `matches` which one that is.
    """

    kind: ObjectKind
    identity: str
    key: str
    settings: Mapping[str, Value]
    origin: Origin
    notes: Mapping[str, str] = EMPTY
    ids: Mapping[str, str] = EMPTY
    base: Entity | None = None
    aliases: tuple[str, ...] = ()
    exemptions: Mapping[str, Mapping[str, str]] = EMPTY
    pattern: str = ""
    lent: Mapping[str, Lent] = EMPTY

    def notes_of(self, item: str) -> Mapping[str, str]:
        """Return what is said of an item of a list: its own notes, and those of the object where it has no such one."""
        own = self.exemptions.get(fold(item))
        return {**self.notes, **own} if own else self.notes

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return what a mailbox is called by people: its name, its user principal name and its other addresses."""
        user = self.ids.get(USER_NAME)
        return (self.identity, *([user] if user is not None else []), *self.aliases)

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name that live Exchange knows the object under."""
        return (self.identity, *self.ids.values(), *self.aliases)

    def get(self, name: str) -> Value:
        """Return a setting, None where it is not known."""
        return self.settings.get(name)

    def text(self, name: str) -> str:
        """Return a setting that is a text, empty where it is not known."""
        value = self.settings.get(name)
        return value if isinstance(value, str) else ""

    def items(self, name: str) -> tuple[str, ...]:
        """Return a setting that is a list, empty where it is not known."""
        value = self.settings.get(name)
        return value if isinstance(value, tuple) else ()

    @property
    def is_declared(self) -> bool:
        """Return whether the object is that of a policy file; a live one has no text to point at."""
        return self.origin.node is not None

    def at(self, name: str | None = None) -> Span:
        """Return the span of a declared setting; of the first line of the object where it declares no such one."""
        if name is not None and name in self.lent:
            return self.lent[name].entry.origin.span(name)
        return self.origin.span(name) if name is not None and self.origin.declares(name) else self.origin.head()

    def item_at(self, name: str, index: int) -> Span:
        """Return the span of an item of a declared list."""
        return self.origin.item_span(name, index) or self.at(name)

    def where(self, name: str) -> Origin:
        """Return where a setting comes from: this object's own text, or the live object beneath it."""
        if name in self.lent:
            return self.lent[name].entry.origin
        if self.base is not None and not self.origin.declares(name):
            return self.base.origin
        return self.origin

    def giver(self, name: str) -> Entity:
        """Return what says why a setting is as it is: the entry with `matches` that it comes of, or this object."""
        return self.lent[name].entry if name in self.lent else self

    def pattern_of(self, name: str) -> str:
        """Return the words of the `matches` that a setting comes of, empty where it comes of no such entry."""
        if name in self.lent:
            return self.lent[name].pattern
        return self.pattern if self.where(name) is self.origin else ""
