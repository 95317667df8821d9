"""Entries with `matches` to the mailboxes that they stand for: those of the snapshot, or those that they list.

Exchange sets one mailbox at a time, so each becomes an entry of its own.

Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-casmailbox
"""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING

from policylint.desired.ownership import is_excepted
from policylint.model.entity import EMPTY, Lent, comparable
from policylint.model.matcher import Conflict, Expansion
from policylint.model.names import Names
from policylint.model.state import MAILBOX
from policylint.model.system_mailboxes import system_pattern
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policylint.model.config import Management
    from policylint.model.entity import Entity
    from policylint.model.matcher import Condition, NameLists, Pattern
    from policylint.model.policy_set import PolicySet

IDENTITY = "Identity"


def expand_mailboxes(
    policy: PolicySet, live: Mapping[str, Entity] | None, manage: Management, lists: NameLists
) -> PolicySet:
    """Return a policy with the mailboxes that its entries with `matches` stand for.

    `live` are the mailboxes of the snapshot, None where they are not known: then only listed ones are. An entry for one
    mailbox wins, setting by setting. Of two entries with `matches` that give one setting the first counts; where they
    give it different values, that is a conflict.
    """
    patterns = [pattern for pattern in policy.patterns if pattern.entry.kind == MAILBOX]
    if not patterns:
        return policy
    known = _Mailboxes(live, manage, lists)
    declared = dict(policy.state.of_kind(MAILBOX))
    own = {known.key(fold(mailbox.identity)): key for key, mailbox in reversed(declared.items())}
    conflicts: dict[tuple[int, int, str], Conflict] = {}
    givers: dict[str, dict[str, Pattern]] = {}
    expansions: list[Expansion] = []
    for pattern in patterns:
        made = []
        for identity, key in known.named(pattern):
            place = own.get(key, key)
            after = _given(declared.get(place), pattern, identity, key, givers.setdefault(place, {}), conflicts)
            declared[place] = after
            made.append(after)
        expansions.append(Expansion(pattern, tuple(made), needs_live=live is None and not _lists(pattern)))
    return policy._replace(
        state=policy.state.with_kind(MAILBOX, declared),
        expansions=(*policy.expansions, *expansions),
        conflicts=(*policy.conflicts, *conflicts.values()),
    )


def _given(
    before: Entity | None,
    pattern: Pattern,
    identity: str,
    key: str,
    givers: dict[str, Pattern],
    conflicts: dict[tuple[int, int, str], Conflict],
) -> Entity:
    """Return a mailbox after an entry gives it settings. `givers` are the entries that gave it each of those it has."""
    entry = pattern.entry
    if before is None:
        givers.update(dict.fromkeys(entry.settings, pattern))
        settings = {IDENTITY: identity, **entry.settings}
        return entry._replace(identity=identity, key=key, settings=settings, pattern=str(pattern.matcher))
    more = {}
    for name, value in entry.settings.items():
        first = givers.get(name)
        if first is None and name not in before.settings:
            givers[name] = pattern
            more[name] = value
        elif first is not None and comparable(first.entry.get(name)) != comparable(value):
            pair = (id(first.entry.origin.node), id(entry.origin.node), name)
            conflicts.setdefault(pair, Conflict(identity, name, first.entry, entry))
    if not more:
        return before
    lent = {**before.lent, **dict.fromkeys(more, Lent(entry, str(pattern.matcher)))}
    return before._replace(settings={**before.settings, **more}, lent=lent)


def _lists(pattern: Pattern) -> bool:
    """Return whether an entry lists the mailboxes that it is about."""
    return pattern.matcher.condition.one_of is not None or pattern.matcher.condition.file is not None


class _Mailboxes:
    """The mailboxes that entries may name, in order."""

    def __init__(self, live: Mapping[str, Entity] | None, manage: Management, lists: NameLists) -> None:
        self._live = live
        self._names = Names(live if live is not None else EMPTY)
        self._manage = manage
        self._lists = lists

    def key(self, name: str) -> str:
        """Return the key of the mailbox of a folded name, the name itself where it is that of none."""
        found = self._names.get(name)
        return found.key if found is not None else name

    def named(self, pattern: Pattern) -> Iterator[tuple[str, str]]:
        """Yield the name and the key of each mailbox that an entry is about, each once.

        Of what an entry lists, a name that is not that of one live mailbox is left out. A pattern is about no mailbox
        that Exchange made for itself, and about none that `except` names.
        """
        condition, excluded = pattern.matcher.condition, pattern.matcher.excluded
        left_out = [self._test(each, whole=True) for each in excluded]
        is_wanted = self._test(condition, whole=False)
        for identity, key in self._candidates(condition, listed=_lists(pattern)):
            if is_wanted(identity, key) and not any(test(identity, key) for test in left_out):
                yield identity, key

    def _candidates(self, condition: Condition, *, listed: bool) -> Iterable[tuple[str, str]]:
        if not listed:
            mailboxes = (self._live or EMPTY).values()
            mine = (each for each in mailboxes if system_pattern(each) is None and not is_excepted(each, self._manage))
            return [(each.identity, each.key) for each in mine]
        names = condition.one_of if condition.one_of is not None else self._lists.texts(condition.file)
        if self._live is None:
            return [(first, key) for key, first in _first_spellings(names).items()]
        found = (self._names.get(fold(name)) for name in names)
        return list(dict.fromkeys((each.identity, each.key) for each in found if each is not None))

    def _test(self, condition: Condition, *, whole: bool) -> _Test:
        """Return what says whether a mailbox is as a condition says; with `whole` any name of it counts."""
        return _Test(self._live, condition, [self._keys(names) for names in self._listed(condition)], whole=whole)

    def _listed(self, condition: Condition) -> Iterator[tuple[str, ...]]:
        if condition.one_of is not None:
            yield condition.one_of
        if condition.file is not None:
            yield self._lists.texts(condition.file)

    def _keys(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(self.key(fold(name)) for name in names)


def _first_spellings(names: Iterable[str]) -> dict[str, str]:
    """Return names by their folded text, each as it is spelled first."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(fold(name), name)
    return found


class _Test:
    """Whether a mailbox is as a condition says."""

    def __init__(
        self, live: Mapping[str, Entity] | None, condition: Condition, keys: list[frozenset[str]], *, whole: bool
    ) -> None:
        self._live = live or EMPTY
        self._keys = keys
        self._glob = re.compile(translate(fold(condition.glob))) if condition.glob is not None else None
        self._whole = whole

    def __call__(self, identity: str, key: str) -> bool:
        if not all(key in keys for keys in self._keys):
            return False
        if self._glob is None:
            return True
        entity = self._live.get(key)
        names = (identity,) if entity is None else entity.addresses
        if self._whole and entity is not None:
            names = (*names, *entity.names)
        return any(self._glob.match(fold(name)) is not None for name in names)
