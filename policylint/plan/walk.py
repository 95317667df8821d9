"""The edits taken one after the other: what each finds and leaves, and what it does to every device.

This is where the law of hitless order is checked for the devices there are: after every step each device is in its old
or its new state, and it switches at most once.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from policylint.access.decide import AccessModel, Facts
from policylint.model.device import CHARACTERISTICS
from policylint.model.text import fold
from policylint.plan.change import Change, Edit, Step
from policylint.plan.diff import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policylint.access.decision import AccessState
    from policylint.model.device import Device
    from policylint.model.entity import Entity, Value
    from policylint.model.state import State
    from policylint.schema.store import SchemaStore


class Walked(NamedTuple):
    """The steps in order, and the devices that would pass through a state neither old nor new."""

    steps: tuple[Step, ...]
    hit: tuple[Device, ...]


def walk(
    edits: Sequence[Edit], live: State, desired: State, devices: Sequence[Device], facts: Facts, store: SchemaStore
) -> Walked:
    """Return the steps that the edits make, in their order, with the devices that each lets in and keeps out.

    Takes time in proportion to the edits and to the devices that each of them is about.
    """
    return _Walk(edits, live, desired, devices, facts, store).run()


class _Walk:
    def __init__(
        self,
        edits: Sequence[Edit],
        live: State,
        desired: State,
        devices: Sequence[Device],
        facts: Facts,
        store: SchemaStore,
    ) -> None:
        self._edits = edits
        self._devices = devices
        self._facts = facts
        self._store = store
        self._rules = dict(live.rules or {})
        self._mailboxes = dict(live.mailboxes or {})
        self._state = live._replace(rules=self._rules, mailboxes=self._mailboxes)
        self._model = AccessModel(self._state, facts)
        final = AccessModel(desired, facts)
        self._now: list[AccessState | None] = [self._model.decide(device).state for device in devices]
        self._first = list(self._now)
        self._last = [final.decide(device).state for device in devices]
        self._switched = [False] * len(devices)
        self._hit: set[int] = set()
        self._known = _known_items(edits)
        self._by_mailbox: dict[str, list[int]] = defaultdict(list)
        self._by_value: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._index()

    def _index(self) -> None:
        wanted = {edit.key for edit in self._edits if edit.kind == "deviceAccessRule"}
        for index, device in enumerate(self._devices):
            if device.mailbox is not None:
                self._by_mailbox[device.mailbox].append(index)
            if not wanted:
                continue
            for characteristic, value in zip(CHARACTERISTICS, device.device_class, strict=True):
                if value is not None:
                    self._by_value[(fold(characteristic), fold(value))].append(index)

    def run(self) -> Walked:
        steps = tuple(self._step(number, edit) for number, edit in enumerate(self._edits, start=1))
        return Walked(steps, tuple(self._devices[index] for index in sorted(self._hit)))

    def _step(self, number: int, edit: Edit) -> Step:
        current = self._state.of_kind(edit.kind).get(edit.key)
        after = self._after(edit, current)
        changes = self._changes(edit, current, after)
        self._put(edit, after)
        opens, closes = self._judge(self._affected(edit))
        width = max(3, len(str(len(self._edits))))
        return Step(
            id=f"s{number:0{width}}",
            action=edit.action,
            kind=edit.kind,
            identity=edit.identity,
            target=_target(edit),
            changes=changes,
            opens=opens,
            closes=closes,
        )

    def _after(self, edit: Edit, current: Entity | None) -> Entity | None:
        if edit.action == "delete":
            return None
        settings: dict[str, Value] = dict(current.settings) if current is not None else {}
        settings.update(edit.settings)
        for name in {*edit.add, *edit.remove}:
            gone = {fold(item) for item in edit.remove.get(name, ())}
            had = current.items(name) if current is not None else ()
            kept = [item for item in had if fold(item) not in gone]
            settings[name] = (*kept, *edit.add.get(name, ()))
        if current is None:
            assert edit.desired is not None
            if edit.kind == "mobileDeviceMailboxPolicy":
                settings.setdefault(DEFAULT, False)  # what Exchange gives a new policy
            return edit.desired._replace(settings=settings)
        return current._replace(settings=settings)

    def _changes(self, edit: Edit, current: Entity | None, after: Entity | None) -> tuple[Change, ...]:
        settings = self._store.object_type(edit.kind).settings
        if after is None:
            names = ["AccessLevel"] if edit.kind == "deviceAccessRule" else []
        else:
            touched = {*edit.settings, *edit.add, *edit.remove}
            names = [name for name in settings if name in touched]
        return tuple(
            Change(
                property=name,
                kind=settings[name].kind,
                before=current.get(name) if current is not None and edit.action != "create" else None,
                after=after.get(name) if after is not None else None,
                known=self._known.get((edit.kind, edit.key, name)),
            )
            for name in names
        )

    def _put(self, edit: Edit, after: Entity | None) -> None:
        if edit.kind == "mailbox":
            assert after is not None
            self._mailboxes[edit.key] = after
        elif edit.kind == "deviceAccessRule":
            if after is None:
                self._model.remove_rule(self._rules.pop(edit.key))
            else:
                self._rules[edit.key] = after
                self._model.put_rule(after)
        elif edit.kind == "organization":
            self._state = self._state._replace(organization=after)
            self._model = AccessModel(self._state, self._facts)
        elif edit.kind == "mobileDeviceMailboxPolicy":
            self._state = self._state._replace(policies=self._with_policy(edit, after))
            self._model = AccessModel(self._state, self._facts)

    def _with_policy(self, edit: Edit, after: Entity | None) -> Mapping[str, Entity]:
        policies = dict(self._state.policies or {})
        if after is None:
            del policies[edit.key]
            return policies
        if edit.settings.get(DEFAULT) is True:
            policies = {
                key: policy._replace(settings={**policy.settings, DEFAULT: False}) for key, policy in policies.items()
            }
        policies[edit.key] = after
        return policies

    def _affected(self, edit: Edit) -> Iterable[int]:
        if edit.kind == "mailbox":
            return self._by_mailbox.get(edit.key, ())
        if edit.kind == "deviceAccessRule":
            characteristic, _, query = edit.key.partition("\n")
            return self._by_value.get((characteristic, query), ())
        return range(len(self._devices)) if edit.kind in {"organization", "mobileDeviceMailboxPolicy"} else ()

    def _judge(self, affected: Iterable[int]) -> tuple[int, int]:
        """Decide anew about the devices that a step is about, and return how many it lets in and keeps out."""
        opens = closes = 0
        for index in affected:
            state, before = self._model.decide(self._devices[index]).state, self._now[index]
            if state == before:
                continue
            self._now[index] = state
            opens += state == "Allowed"
            closes += before == "Allowed"
            if state != self._last[index] or self._switched[index]:
                self._hit.add(index)
            self._switched[index] = True
        return opens, closes


def _known_items(edits: Iterable[Edit]) -> dict[tuple[str, str, str], tuple[str, ...]]:
    """Return every item that a list of an object has at any step, sorted, by object and setting."""
    known: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    for edit in edits:
        for name in {*edit.add, *edit.remove}:
            had = edit.live.items(name) if edit.live is not None else ()
            for item in (*had, *edit.add.get(name, ()), *edit.remove.get(name, ())):
                known[(edit.kind, edit.key, name)].setdefault(fold(item), item)
    return {place: tuple(items[key] for key in sorted(items)) for place, items in known.items()}


def _target(edit: Edit) -> dict[str, str | None]:
    entity = edit.live or edit.desired
    assert entity is not None
    match edit.kind:
        case "deviceAccessRule":
            return {name: entity.text(name) for name in ("Characteristic", "QueryString")}
        case "mobileDeviceMailboxPolicy":
            return {"Name": entity.identity, "Guid": entity.ids.get("Guid")}
        case "mailbox":
            return {name: entity.ids.get(name) for name in ("PrimarySmtpAddress", "Guid", "Identity")}
        case "mailboxPlan":
            return {name: entity.ids.get(name) for name in ("Name", "Guid", "DisplayName")}
        case "deviceAutoblockThreshold":
            return {"Identity": entity.ids.get("Identity", entity.identity)}
        case _:
            return {}
