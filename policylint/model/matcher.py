"""What an entry with `matches` names: values of a characteristic, or mailboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.entity import EMPTY
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed, quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policylint.diagnostic import Diagnostic
    from policylint.model.entity import Entity
    from policylint.source import Span

KEY, NOT = "matches", "not"
"""The key of an entry that holds a matcher, and the key in it of what is left out."""

_MOST_NAMED = 3


class Condition(NamedTuple):
    """What a text must be; all of what is there holds. `file` is the path of a list of texts, as it is written."""

    family: str | None = None
    version: str | None = None
    glob: str | None = None
    one_of: tuple[str, ...] | None = None
    file: str | None = None

    def __str__(self) -> str:
        named = {"family": self.family, "version": self.version, "glob": self.glob, "file": self.file}
        parts = [f"{key} {value}" for key, value in named.items() if value is not None]
        if self.one_of is not None:
            parts.append(f"one of {listed(self.one_of, _MOST_NAMED)}")
        return ", ".join(parts)

    @property
    def key(self) -> Condition:
        """Return the condition as it is compared with another: without regard to case, a list without its order."""
        family, version, glob = (fold(text) if text is not None else None for text in self[:3])
        one_of = tuple(sorted(set(map(fold, self.one_of)))) if self.one_of is not None else None
        return Condition(family, version, glob, one_of, self.file)


class Matcher(NamedTuple):
    """What a text must be, and what it must not be: any of `excluded`."""

    condition: Condition
    excluded: tuple[Condition, ...] = ()

    def __str__(self) -> str:
        return ", ".join(filter(None, (str(self.condition), *(f"not ({each})" for each in self.excluded))))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return every condition, that which must hold first."""
        return (self.condition, *self.excluded)

    @property
    def key(self) -> tuple[Condition, frozenset[Condition]]:
        """Return the matcher as it is compared with another, however each is written."""
        return self.condition.key, frozenset(each.key for each in self.excluded)


class Pattern(NamedTuple):
    """An entry with `matches`. `entry` has its settings, and the words of the matcher instead of a name."""

    entry: Entity
    matcher: Matcher


class Listed(NamedTuple):
    """A value that an entry may be about and that makes no rule. `why` says what is odd about it."""

    value: str
    devices: int
    why: str


class Candidate(NamedTuple):
    """A value that an entry may be about: how it is mostly spelled, and how many devices and catalog rows have it."""

    text: str
    devices: int = 0
    rows: int = 0


class Expansion(NamedTuple):
    """What came of an entry: the objects that it makes, and what is only listed.

    `values` are all that it names, `new` those of them that its lock does not have. `needs_live` says that nobody knows
    them without live state, `without_effect` that it would make some, all of which other entries declare.
    """

    pattern: Pattern
    objects: tuple[Entity, ...]
    listed: tuple[Listed, ...] = ()
    values: tuple[Candidate, ...] = ()
    new: tuple[str, ...] = ()
    has_lock: bool = True
    without_effect: bool = False
    needs_live: bool = False


class NamedLine(NamedTuple):
    """A name in a file of names, and where it is."""

    text: str
    span: Span


class NameLists(NamedTuple):
    """The files of names that entries name, by the path as it is written, line by line."""

    files: Mapping[str, tuple[NamedLine, ...]] = EMPTY

    def texts(self, path: str | None) -> tuple[str, ...]:
        """Return the names of a file, none of one that could not be read."""
        return tuple(line.text for line in self.files.get(path or "", ()))


class ListFiles(NamedTuple):
    """The files of names that entries name, and what is wrong with them."""

    lists: NameLists
    diagnostics: tuple[Diagnostic, ...] = ()


class Conflict(NamedTuple):
    """Two entries that want one object with different values of a setting."""

    identity: str
    setting: str
    first: Entity
    second: Entity

    @property
    def words(self) -> str:
        """Return what the two want: `Block` and `Quarantine`."""
        values = (each.settings.get(self.setting) for each in (self.first, self.second))
        return listed(quoted(value) for value in values)
