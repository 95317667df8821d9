"""What is new in live state put into the policy files that are there; on request live values over declared ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from policylint.desired.overlay import by_live_key
from policylint.desired.ownership import is_excepted, management_of
from policylint.edit.editor import home_of
from policylint.edit.layout import About
from policylint.edit.sections import FileWork
from policylint.importing.comparison import Comparison
from policylint.model.entity import EMPTY, ListEdit
from policylint.model.state import MAILBOX, POLICY, RULE
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from policylint.bind.policy import PolicyFile
    from policylint.edit.apply import FileEdits
    from policylint.importing.comparison import Changes
    from policylint.importing.policy import LivePolicy
    from policylint.importing.selection import Selection, Unsaid
    from policylint.model.config import Config
    from policylint.model.entity import Entity, ObjectKind, Value
    from policylint.model.policy_set import PolicySet
    from policylint.model.state import State
    from policylint.schema.store import ObjectType

    Pairs: TypeAlias = Sequence[tuple[Entity, Entity]]

_TAKEN_UP = (RULE, POLICY, MAILBOX)
"""The kinds of object that are taken up where no file has their section; others where policylint.yaml manages it."""


class Update(NamedTuple):
    """The edits of the files that are there, and the sections that none of them has.

    `added` are the live objects that are new in either. `differing` is how many declared values are not the live ones,
    `undeclared` how many settings of declared objects are live, not as they come, and not declared; with `taken` the
    edits write both. `gone` are declared objects that are not live.
    """

    edits: tuple[FileEdits, ...]
    sections: tuple[Selection, ...]
    added: tuple[Entity, ...]
    differing: int
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
    made: Collection[tuple[ObjectKind, str]] = frozenset(),
) -> Update:
    """Return what takes up live state into valid policy files; with `take_live` live values replace declared ones.

    `day` is when live state was read. `made` are the kinds and keys of what entries with `matches` stand for: nothing
    of it is new.
    """
    work = {file.source.path: FileWork(file) for file in files}
    updates = [_Section(each, declared, live, config, made) for each in live.selections]
    for each in updates:
        each.edit(work, live, day, take_live=take_live)
    return Update(
        edits=tuple(file.edits() for file in work.values() if file.is_changed),
        sections=tuple(each.whole for each in updates if each.whole is not None),
        added=tuple(entity for each in updates for entity in each.added),
        differing=sum(len(changes.values) for each in updates for _, changes in each.changes),
        undeclared=sum(len(changes.undeclared) for each in updates for _, changes in each.changes),
        gone=tuple(entity for each in updates for entity in each.gone),
        unsaid=tuple(dict.fromkeys(unsaid for each in updates for unsaid in each.unsaid)),
        taken=take_live,
    )


class _Section:
    """What is new in one section, what of it differs from what is declared, and what is gone.

    `whole` is the section where no file has it and it is taken up.
    """

    def __init__(
        self,
        selection: Selection,
        declared: PolicySet,
        live: LivePolicy,
        config: Config,
        made: Collection[tuple[ObjectKind, str]],
    ) -> None:
        self._selection, self._declared = selection, declared
        self._management = management_of(config.manage, selection.described)
        pairs, self.gone = _matched(declared.state, live.state.of_kind(selection.described.name), selection.described)
        known = {other.key for _, other in pairs} | {key for kind, key in made if kind == selection.described.name}
        self._new = [
            each for each in selection.objects if each.key not in known and not is_excepted(each, self._management)
        ]
        chosen = {each.key: each.settings for each in selection.objects}
        comparison = Comparison(selection.described, self._management, live.state)
        self.changes = [(one, comparison.of(one, other, chosen.get(other.key, EMPTY))) for one, other in pairs]
        self.unsaid = (*selection.unsaid, *(unsaid for _, changes in self.changes for unsaid in changes.unsaid))
        self.added: Sequence[Entity] = ()
        self.whole: Selection | None = None

    def edit(self, work: Mapping[str, FileWork], live: LivePolicy, day: str, *, take_live: bool) -> None:
        """Add the edits of the section to those of the files."""
        described = self._selection.described
        remarks = live.remarks(self._selection, groups=False)
        for one, changes in self.changes if take_live else ():
            after = _with_live(one, changes)
            for about in _new_items(one, after):
                remarks.above[about].insert(0, f"from live, {day}")
            work[one.origin.path].section(described).replace(one, after, remarks)
        home = home_of(work.values(), described)
        if home is None and self._new and (described.name in _TAKEN_UP or self._management.named):
            self.whole, self.added = self._selection._replace(objects=tuple(self._new)), self._new
        elif home is not None and self._new and not described.single:
            for each in self._new:
                remarks.above[About(each.key)].insert(0, f"from live, {day}")
            home.section(described).add(self._new, remarks, self._declared)
            self.added = self._new


def _matched(declared: State, live: Mapping[str, Entity], described: ObjectType) -> tuple[Pairs, Sequence[Entity]]:
    """Return the declared objects that are live, each with the live one, and those that are not."""
    mine = declared.of_kind(described.name)
    if described.single:
        other = next(iter(live.values()), None)
        return [(each, other) for each in mine.values() if other is not None], []
    by_key = by_live_key(mine, live)
    met = {id(each) for key, each in by_key.items() if key in live}
    pairs = [(each, live[key]) for key, each in by_key.items() if key in live]
    return pairs, [each for key, each in by_key.items() if key not in live and id(each) not in met]


def _with_live(declared: Entity, changes: Changes) -> Entity:
    """Return a declared object with live values, known by the key of the live one."""
    values = {name: _taken(declared.settings[name], value, changes) for name, value in changes.values.items()}
    settings = {**declared.settings, **values, **changes.undeclared}
    return declared._replace(key=changes.key, settings=settings)


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
