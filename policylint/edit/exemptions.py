"""The lists of a mailbox with the IDs of devices that are allowed or blocked, and what is said of single IDs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.steps import ALLOWED, BLOCKED
from policylint.model.entity import EMPTY, Entity, ListEdit, removed_items
from policylint.model.origin import Origin
from policylint.model.state import MAILBOX
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from policylint.model.entity import Value


def with_allowed(mailbox: Entity, ids: Sequence[str], notes: Mapping[str, str]) -> Entity:
    """Return a declared mailbox whose allowed list has some more IDs, with notes on each; no other ID goes."""
    settings = {**mailbox.settings, ALLOWED: _with(mailbox.get(ALLOWED), ids)}
    return mailbox._replace(settings=settings, exemptions=_noted(mailbox, ALLOWED, ids, notes))


def with_blocked(mailbox: Entity, ids: Sequence[str], notes: Mapping[str, str], live: Collection[str]) -> Entity:
    """Return a declared mailbox whose blocked list has some more IDs, which its allowed list has no more.

    `live` are the folded IDs that the allowed list of live Exchange has.
    """
    settings = {**mailbox.settings, BLOCKED: _with(mailbox.get(BLOCKED), ids)}
    allowed = _without(mailbox.get(ALLOWED), ids, live)
    if allowed is not None:
        settings[ALLOWED] = allowed
    return mailbox._replace(settings=settings, exemptions=_noted(mailbox, BLOCKED, ids, notes))


def with_given(mailbox: Entity, given: Mapping[str, Entity]) -> Entity:
    """Return a declared mailbox that says itself what other entries give it: lists, and what is said of their IDs."""
    settings = {**mailbox.settings, **{name: entry.get(name) for name, entry in given.items()}}
    said = {
        fold(item): notes
        for name, entry in given.items()
        for item in entry.items(name)
        if (notes := entry.notes_of(item))
    }
    return mailbox._replace(settings=settings, exemptions={**said, **mailbox.exemptions} or EMPTY)


def loses(value: Value, ids: Sequence[str], live: Collection[str]) -> bool:
    """Return whether a list says something else once it is without some IDs; `live` as in `with_blocked`."""
    after = _without(value, ids, live)
    return (after, removed_items(after)) != (value, removed_items(value))


def new_mailbox(live: Entity, notes: Mapping[str, str]) -> Entity:
    """Return the declaration of a live mailbox that declares none of its settings."""
    return Entity(MAILBOX, live.identity, fold(live.identity), {"Identity": live.identity}, Origin(""), notes)


def _with(value: Value, ids: Iterable[str]) -> Value:
    """Return a list with some more IDs: the whole list where that is declared, else what it adds."""
    there = set(map(fold, value)) if isinstance(value, tuple) else set()
    ids = tuple(item for item in ids if fold(item) not in there)
    if isinstance(value, tuple) and not isinstance(value, ListEdit):
        return (*value, *ids)
    new = set(map(fold, ids))
    kept = value if isinstance(value, ListEdit) else ()
    return ListEdit((*kept, *ids), (item for item in removed_items(value) if fold(item) not in new))


def _without(value: Value, ids: Sequence[str], live: Collection[str]) -> Value:
    """Return a list without some IDs, None where nothing is to be said of it."""
    gone = set(map(fold, ids))
    if isinstance(value, tuple) and not isinstance(value, ListEdit):
        return tuple(item for item in value if fold(item) not in gone)
    known = {*live, *map(fold, value if isinstance(value, ListEdit) else ())}
    removed = set(map(fold, removed_items(value)))
    out = [item for item in ids if fold(item) in known and fold(item) not in removed]
    if not out:
        return value
    kept = (item for item in value if fold(item) not in gone) if isinstance(value, ListEdit) else ()
    return ListEdit(kept, (*removed_items(value), *out))


def _noted(mailbox: Entity, name: str, ids: Iterable[str], notes: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Return the notes on single IDs with those on some that a list gets.

    Earlier notes on an ID stay beside the new ones where it was on that list; else they were of its old list.
    """
    known, there = mailbox.exemptions, set(map(fold, mailbox.items(name)))
    found = dict(known)
    for item in ids:
        earlier = found.pop(fold(item), EMPTY)
        said = {**(earlier if fold(item) in there else EMPTY), **notes}
        if said:
            found[fold(item) if fold(item) in known else item] = said
    return found or EMPTY
