"""The file that keeps the values of entries with `matches`, so that a review shows each generated rule."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from policylint.model.entity import Entity
    from policylint.model.matcher import Condition, Matcher
    from policylint.source import Span

    LockKey = tuple[str, str, tuple[Condition, frozenset[Condition]]]

LOCK_NAME = "policylint.lock"


class LockedValue(NamedTuple):
    """A value, what the comment on its line says, and where it is."""

    text: str
    why: str
    span: Span


class LockEntry(NamedTuple):
    """What the lock says of an entry with `matches`."""

    characteristic: str
    level: str
    matcher: Matcher
    values: tuple[LockedValue, ...]
    span: Span

    @property
    def key(self) -> LockKey:
        """Return what the entry is known by, in the lock as in the policy."""
        return self.characteristic, self.level, self.matcher.key


class _Entries(NamedTuple):
    entries: tuple[LockEntry, ...] = ()


class Lock(_Entries):
    """The entries of a lock, none where there is no such file."""

    @cached_property
    def _by_key(self) -> dict[LockKey, LockEntry]:
        return {entry.key: entry for entry in reversed(self.entries)}

    @cached_property
    def _values(self) -> dict[str, dict[str, LockedValue]]:
        found: dict[str, dict[str, LockedValue]] = {}
        for entry in self.entries:
            values = found.setdefault(entry.characteristic, {})
            for value in entry.values:
                values.setdefault(fold(value.text), value)
        return found

    def of(self, key: LockKey) -> LockEntry | None:
        """Return the entry of a key, None where the lock has none."""
        return self._by_key.get(key)

    def values(self, characteristic: str) -> dict[str, LockedValue]:
        """Return every value of a characteristic by its folded text, whichever entries have it; the first counts."""
        return self._values.get(characteristic, {})


def lock_key(entry: Entity, matcher: Matcher) -> LockKey:
    """Return what the lock knows an entry of the policy by."""
    return entry.text("Characteristic"), entry.text("AccessLevel"), matcher.key
