"""What is new in live state put into the policy files that are there; on request live values over declared ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from policylint.desired.overlay import by_live_key
from policylint.desired.ownership import is_excepted, management_of
from policylint.edit.editor import home_of
from policylint.edit.layout import About
from policylint.edit.sections import FileWork
from policylint.importing.comparison import Comparison
from policylint.importing.selection import named
from policylint.model.entity import EMPTY, ListEdit
from policylint.model.state import MAILBOX, POLICY, RULE
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from policylint.bind.policy import PolicyFile
    from policylint.edit.apply import FileEdits
    from policylint.importing.comparison import Changes
    from policylint.importing.policy import LivePolicy
    from policylint.importing.selection import Selection, Unsaid
    from policylint.model.config import Config
    from policylint.model.entity import Entity, Value
    from policylint.model.policy_set import PolicySet
    from policylint.model.state import State
    from policylint.schema.store import ObjectType

    Pairs: TypeAlias = Sequence[tuple[Entity, Entity]]

_TAKEN_UP = (RULE, POLICY, MAILBOX)
"""The kinds of object that are taken up where no file has their section; others where policylint.yaml manages it."""


class MadeValue(NamedTuple):
    """A setting of an object that an entry with `matches` makes another value of than the live one."""

    identity: str
    setting: str


class Update(NamedTuple):
    """The edits of the files that are there, and the sections that none of them has.

    `added` are the live objects that are new in either. `differing` is how many declared values are not the live ones,
    `made` the values that entries with `matches` make and that are not the live ones, `undeclared` how many settings of
    declared objects are live, not as they come, and not declared; with `taken` the edits write all of these. `gone` are
    declared objects that are not live.
    """

    edits: tuple[FileEdits, ...]
    sections: tuple[Selection, ...]
    added: tuple[Entity, ...]
    differing: int
    made: tuple[MadeValue, ...]
    undeclared: int
    gone: tuple[Entity, ...]
    unsaid: tuple[Unsaid, ...]
    taken: bool


def plan_update(
    files: Sequence[PolicyFile],
    declared: PolicySet,
    live: LivePolicy,
    config: Config,
    *,
    day: str,
    take_live: bool = False,
    expanded: State | None = None,
) -> Update:
    """Return what takes up live state into valid policy files; with `take_live` live values replace declared ones.

    `day` is when live state was read. `expanded` is what is declared with what entries with `matches` stand for, where
    there are such entries: a live value that is not the one they make goes into a single entry.
    """
    work = {file.source.path: FileWork(file) for file in files}
    wanted = expanded if expanded is not None else declared.state
    updates = [_Section(each, declared, wanted, live, config) for each in live.selections]
    for each in updates:
        each.edit(work, live, day, take_live=take_live)
    return Update(
        edits=tuple(file.edits() for file in work.values() if file.is_changed),
        sections=tuple(each.whole for each in updates if each.whole is not None),
        added=tuple(entity for each in updates for entity in each.added),
        differing=sum(len(each.written_values) for one in updates for each in one.differences),
        made=tuple(
            MadeValue(each.live.identity, name)
            for one in updates
            for each in one.differences
            for name in each.made_values
        ),
        undeclared=sum(len(each.changes.undeclared) for one in updates for each in one.differences),
        gone=tuple(entity for each in updates for entity in each.gone),
        unsaid=tuple(dict.fromkeys(unsaid for each in updates for unsaid in each.unsaid)),
        taken=take_live,
    )


class _Difference(NamedTuple):
    """What of a declared object is not as the live one.

    `written` is the object as a file has it, None where entries with `matches` make all of it; `wanted` has what such
    entries give it too.
    """

    written: Entity | None
    wanted: Entity
    live: Entity
    changes: Changes

    @property
    def written_values(self) -> Sequence[str]:
        """Return the settings with another live value that the entry of the object itself gives."""
        return [name for name in self.changes.values if self.written is not None and name in self.written.settings]

    @property
    def made_values(self) -> Sequence[str]:
        """Return the settings with another live value that entries with `matches` give."""
        return [name for name in self.changes.values if self.written is None or name not in self.written.settings]

    def taken(self, described: ObjectType) -> Entity:
        """Return the entry of the object with live values, known by the key of the live one."""
        changes = self.changes
        values = {name: _taken(self.wanted.settings[name], value, changes) for name, value in changes.values.items()}
        values.update(changes.undeclared)
        before = self.written or self.live._replace(settings=named(self.live, described))
        new = {name: values[name] for name in described.settings if name in values}
        return before._replace(key=changes.key, settings={**before.settings, **new})


class _Section:
    """What is new in one section, what of it differs from what is declared, and what is gone.

    `whole` is the section where no file has it and it is taken up.
    """

    def __init__(
        self, selection: Selection, declared: PolicySet, wanted: State, live: LivePolicy, config: Config
    ) -> None:
        described = selection.described
        self._selection, self._declared = selection, declared
        self._management = management_of(config.manage, described)
        pairs, self.gone = _matched(wanted, live.state.of_kind(described.name), described)
        known = {other.key for _, other in pairs}
        self._new = [
            each for each in selection.objects if each.key not in known and not is_excepted(each, self._management)
        ]
        chosen = {each.key: each.settings for each in selection.objects}
        comparison = Comparison(described, self._management, live.state)
        written = declared.state.of_kind(described.name)
        self.differences = [
            _Difference(written.get(one.key), one, other, comparison.of(one, other, chosen.get(other.key, EMPTY)))
            for one, other in pairs
        ]
        unsaid = (each for difference in self.differences for each in difference.changes.unsaid)
        self.unsaid = (*selection.unsaid, *unsaid)
        self.added: Sequence[Entity] = ()
        self.whole: Selection | None = None

    def edit(self, work: Mapping[str, FileWork], live: LivePolicy, day: str, *, take_live: bool) -> None:
        """Add the edits of the section to those of the files."""
        described = self._selection.described
        remarks = live.remarks(self._selection, groups=False)
        single: list[Entity] = []
        for each in self.differences if take_live else ():
            after = each.taken(described)
            if each.written is not None:
                for about in _new_items(each.written, after):
                    remarks.above[about].insert(0, f"from live, {day}")
                work[each.written.origin.path].section(described).replace(each.written, after, remarks)
            elif each.changes.values or each.changes.undeclared:
                single.append(after)
        home = home_of(work.values(), described)
        if home is None and self._new and (described.name in _TAKEN_UP or self._management.named):
            self.whole, self.added = self._selection._replace(objects=tuple(self._new)), self._new
        elif home is not None and (self._new or single) and not described.single:
            new = [*self._new, *single]
            for entity in new:
                remarks.above[About(entity.key)].insert(0, f"from live, {day}")
            home.section(described).add(new, remarks, self._declared)
            self.added = self._new


def _matched(wanted: State, live: Mapping[str, Entity], described: ObjectType) -> tuple[Pairs, Sequence[Entity]]:
    """Return the declared objects that are live, each with the live one, and those that are not."""
    mine = wanted.of_kind(described.name)
    if described.single:
        other = next(iter(live.values()), None)
        return [(each, other) for each in mine.values() if other is not None], []
    by_key = by_live_key(mine, live)
    met = {id(each) for key, each in by_key.items() if key in live}
    pairs = [(each, live[key]) for key, each in by_key.items() if key in live]
    return pairs, [each for key, each in by_key.items() if key not in live and id(each) not in met]


def _taken(declared: Value, live: Value, changes: Changes) -> Value:
    """Return the value that says what is live: of a list what of it is declared stays as it is written."""
    if not isinstance(declared, tuple) or not isinstance(live, tuple):
        return live
    known = set(map(fold, live))
    kept = [item for item in declared if fold(item) in known]
    if isinstance(declared, ListEdit):
        out = [item for item in declared.remove if fold(item) not in known]
        return ListEdit(kept, out) if kept or out else live
    mine = set(map(fold, declared))
    added = [] if changes.additive else [item for item in live if fold(item) not in mine]
    return (*kept, *added)


def _new_items(before: Entity, after: Entity) -> Iterator[About]:
    """Yield what is new in declared plain lists."""
    for name, value in before.settings.items():
        new = after.settings[name]
        if type(value) is tuple and type(new) is tuple and value != new:
            known = set(map(fold, value))
            yield from (About(after.key, name, item) for item in new if fold(item) not in known)
