"""What becomes of live settings and objects that the policy does not declare: the modes of a section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.model.config import ADDITIVE, EXACT, OWNED, Management
from policylint.model.entity import EMPTY, Entity, ListEdit
from policylint.model.names import is_called
from policylint.named_tuple import NamedTuple
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policylint.model.entity import ObjectKind, Value
    from policylint.schema.store import ObjectType


class Released(NamedTuple):
    """What the policy declared at `since`, no longer does, and that stays as it is: an object, or one setting of it."""

    kind: ObjectKind
    identity: str
    property: str | None
    live: Value


class NotRead(NamedTuple):
    """A setting of a live object that the policy speaks of, and that the snapshot does not hold.

    Sessions leave properties out for lack of rights, or because they are old. Nothing is known of such a setting: it is
    not empty, and not as declared.
    """

    kind: ObjectKind
    identity: str
    property: str


def management_of(manage: Mapping[str, Management], described: ObjectType) -> Management:
    """Return the mode of a kind of object; where none is named, exact for objects that the policy can create."""
    default = EXACT if "create" in described.actions else ADDITIVE
    return manage.get(described.section) or Management(default)


def owned(manage: Mapping[str, Management]) -> Mapping[str, Management]:
    """Return modes that remove what was declared before: additive sections become owned."""
    return {
        section: known._replace(mode=OWNED) if known.mode == ADDITIVE else known for section, known in manage.items()
    }


class Section:
    """What the mode of one section makes of its live objects.

    `previous` are the objects that the policy declared at `since`, by key. What stays of them is added to `released`,
    what of live objects would have to be known and was not read to `not_read`. `declared` says whether a file has the
    section: where none has it, nothing is removed that was never declared.
    """

    def __init__(
        self,
        described: ObjectType,
        management: Management,
        previous: Mapping[str, Entity],
        released: list[Released],
        not_read: list[NotRead],
        *,
        declared: bool,
    ) -> None:
        self.described = described
        self.management = management
        self.previous = previous
        self.exact = management.mode == EXACT and declared
        self._owns = management.mode != ADDITIVE
        self._released = released
        self._not_read = not_read
        self._cleared = tuple(described.settings[name] for name in described.cleared) if self.exact else ()

    def removes(self, entity: Entity) -> bool:
        """Return whether a live object that is not declared goes away; what was declared and stays is released."""
        if self.exact or (self._owns and entity.key in self.previous):
            self._need(entity, self.described.needed)
            return True
        if entity.key in self.previous:
            self._released.append(Released(entity.kind, entity.identity, None, entity.get("AccessLevel")))
        return False

    def merge(self, declared: Entity | None, live: Entity) -> Entity:
        """Return what comes of a live object; the same one where nothing changes and nothing is declared.

        What Exchange sets along with a setting that changes is part of it, unless the policy says otherwise.
        """
        was = self.previous.get(declared.key if declared is not None else live.key)
        if was is None and len(self.previous) == 1 and self.described.single:
            was = next(iter(self.previous.values()))
        changed = dict(self._undeclared(declared, live, was))
        if declared is None:
            return live._replace(settings={**live.settings, **changed}, base=live) if changed else live
        known = self.described.settings
        self._need(live, declared.settings)
        for name, value in declared.settings.items():
            if known[name].planned and known[name].settable:
                before = was.get(name) if was is not None else None
                changed[name] = self._list(value, live.items(name), before) if isinstance(value, tuple) else value
                if isinstance(value, ListEdit) and _lifted(before, value):
                    self._released.append(Released(live.kind, live.identity, name, changed[name]))
        new = {**self._also_set(changed, live), **changed}
        # Where nothing becomes another value, the settings are the live ones, which others see at once.
        settings = live.settings if new.items() <= live.settings.items() else {**live.settings, **new}
        return declared._replace(
            identity=live.identity, key=live.key, settings=settings, ids=live.ids, aliases=live.aliases, base=live
        )

    def _also_set(self, changed: Mapping[str, Value], live: Entity) -> Mapping[str, Value]:
        """Return the settings that Exchange sets along with those that become another value than the live one."""
        if not self.described.coupled:
            return EMPTY
        known = self.described.settings
        new = {name: value for name, value in changed.items() if not known[name].same(live.get(name), value)}
        also = {name: value for name, value in self.described.also_set(new).items() if name not in changed}
        self._need(live, also)
        return also

    def _need(self, live: Entity, names: Iterable[str]) -> None:
        """Note the settings of a live object that were not read; what it is called it says itself."""
        for name in names:
            if name not in live.settings and name not in self.described.key:
                self._not_read.append(NotRead(live.kind, live.identity, name))

    def _list(self, value: tuple[str, ...], live: tuple[str, ...], before: Value) -> tuple[str, ...]:
        """Return what a declared list comes to, given the live one and what was declared at `since`."""
        if not isinstance(value, ListEdit):
            if not self.management.additive_lists:
                return value
            value = ListEdit(value, ())
        dropped = without(before, value) if self._owns else ()
        return value.of(without(live, dropped))

    def _undeclared(self, declared: Entity | None, live: Entity, was: Entity | None) -> Iterator[tuple[str, Value]]:
        """Yield the settings that change although they are not declared, and note what is released."""
        names = set(declared.settings) if declared is not None else set()
        for setting in self._cleared if self._cleared and not is_excepted(live, self.management) else ():
            if setting.name in names or (setting.kind == "strings" and self.management.additive_lists):
                continue
            self._need(live, (setting.name,))
            if live.get(setting.name):
                names.add(setting.name)
                yield setting.name, () if setting.kind == "strings" else None
        for name, before in was.settings.items() if was is not None else ():
            setting = self.described.settings[name]
            if name in names or not setting.planned or not setting.settable:
                continue
            if isinstance(before, tuple) and self._owns:
                self._need(live, (name,))
                kept = without(live.items(name), before)
                if kept != live.items(name):
                    yield name, kept
                if not isinstance(before, ListEdit) or before.remove:
                    self._released.append(Released(live.kind, live.identity, name, kept))
            elif name in live.settings and before != ():
                self._released.append(Released(live.kind, live.identity, name, live.get(name)))


def _lifted(before: Value, now: ListEdit) -> bool:
    """Return whether a list in part no longer says of every item that it must not be there, or what else is there."""
    if isinstance(before, ListEdit):
        return bool(without(without(before.remove, now.remove), now))
    return isinstance(before, tuple)


def is_excepted(mailbox: Entity, management: Management) -> bool:
    """Return whether a mailbox is one in which nothing that is not declared is removed or listed."""
    return any(is_called(mailbox, name) for name in management.exceptions)


def without(items: Value, others: Iterable[str] | Value) -> tuple[str, ...]:
    """Return the items of a list that another does not have, without regard to case."""
    gone = set(map(fold, others)) if isinstance(others, tuple) else set()
    return tuple(item for item in items if fold(item) not in gone) if isinstance(items, tuple) else ()
