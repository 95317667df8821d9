"""Live and desired state to the changes between them, each with its phase in the hitless order.

The order puts what closes first and what opens last, so that no device passes through a state that is neither its old
nor its new one: blocked IDs are added and mailboxes closed, then allowed IDs are added (after the closing: an ID that
is allowed in a mailbox that closes would open for a moment); rules are added or raised, strictest first; then the
default; rules lowered or removed, weakest first; exemptions removed; mailboxes opened. Policies are created before
anybody gets them and deleted after nobody has them. `replay` checks it on every device.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from policylint.access.rule_index import STRICTNESS
from policylint.access.steps import ALLOWED, BLOCKED
from policylint.desired.overlay import DEFAULT, REFERENCE
from policylint.desired.ownership import without
from policylint.model.state import MAILBOX, ORGANIZATION, POLICY, RULE
from policylint.plan.change import ObjectChange
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity, Value
    from policylint.model.state import State
    from policylint.schema.store import SchemaStore

NON_PROVISIONABLE, LEVEL = "AllowNonProvisionableDevices", "DefaultAccessLevel"


class Phase(IntEnum):
    """When a step is taken. Within a phase the order does not matter to any device."""

    CREATE = 0
    NOTICES = 10
    SETTINGS = 11
    ADD_BLOCKED = 20
    CLOSE_MAILBOX = 21
    MOVE_OPEN = 22
    TIGHTEN_POLICY = 23
    MOVE_CLOSED = 24
    ADD_ALLOWED = 25
    STRICTER_BLOCK = 30
    STRICTER_QUARANTINE = 31
    STRICTER_ALLOW = 32
    DEFAULT_LEVEL = 40
    LOOSER_ALLOW = 50
    LOOSER_QUARANTINE = 51
    LOOSER_BLOCK = 52
    REMOVE_ALLOWED = 60
    REMOVE_BLOCKED = 61
    LOOSEN_POLICY = 70
    OPEN_MAILBOX = 80
    DELETE = 90


def diff(live: State, desired: State, store: SchemaStore) -> tuple[ObjectChange, ...]:
    """Return the changes that make live state the desired one, in hitless order."""
    differ = _Differ(live, desired, store)
    # INVARIANT (laws 3 and 8): the key is a full order that begins with the phase, and the phases are hitless in order.
    return tuple(sorted(differ.object_changes(), key=lambda change: change.sort_key))


class _Differ:
    def __init__(self, live: State, desired: State, store: SchemaStore) -> None:
        self._live = live
        self._desired = desired
        self._store = store

    def object_changes(self) -> Iterator[ObjectChange]:
        yield from self._organization()
        yield from self._rules()
        yield from self._policies()
        yield from self._mailboxes()
        yield from self._others()

    def _planned(self, entity: Entity) -> dict[str, Value]:
        """Return the settings of an object that a plan may set."""
        settings = self._store.object_type(entity.kind).settings
        return {name: value for name, value in entity.settings.items() if settings[name].planned}

    def _changed(self, live: Entity, desired: Entity) -> dict[str, Value]:
        """Return the settings that differ, by name in the order of the schema, of those that were read."""
        if live.settings is desired.settings:
            return {}
        other = {name for name, value in desired.settings.items() if live.settings.get(name, value) != value}
        return {
            name: desired.settings[name]
            for name, setting in (self._store.object_type(desired.kind).settings.items() if other else ())
            if name in other
            and setting.planned
            and setting.settable
            and not setting.same(live.get(name), desired.settings[name])
        }

    def _update(
        self, live: Entity, desired: Entity, settings: Mapping[str, Value], phase: Phase
    ) -> Iterator[ObjectChange]:
        """Yield one change that sets some settings, lists by what is added and removed."""
        scalars = {name: value for name, value in settings.items() if not isinstance(value, tuple)}
        add = {name: _less(value, live.items(name)) for name, value in settings.items() if isinstance(value, tuple)}
        remove = {name: _less(live.items(name), value) for name, value in settings.items() if isinstance(value, tuple)}
        if scalars or any(add.values()) or any(remove.values()):
            yield _change_object(live, desired, phase, settings=scalars, add=add, remove=remove)

    def _organization(self) -> Iterator[ObjectChange]:
        live, desired = self._live.organization, self._desired.organization
        if live is None or desired is None:
            return
        changed = self._changed(live, desired)
        level = {LEVEL: changed.pop(LEVEL)} if LEVEL in changed else {}
        yield from self._update(live, desired, changed, Phase.NOTICES)
        yield from self._update(live, desired, level, Phase.DEFAULT_LEVEL)

    def _rules(self) -> Iterator[ObjectChange]:
        live, desired = self._live.rules, self._desired.rules
        if live is None or desired is None:
            return
        for key, rule in desired.items():
            level = rule.text("AccessLevel")
            if key not in live:
                settings = {name: rule.get(name) for name in ("Characteristic", "QueryString", "AccessLevel")}
                yield _change_object(None, rule, _STRICTER[level], settings=settings)
            elif "AccessLevel" in live[key].settings and level != (old := live[key].text("AccessLevel")):
                stricter = STRICTNESS[level] > STRICTNESS.get(old, -1)
                phase = _STRICTER[level] if stricter else _LOOSER[old]
                yield _change_object(live[key], rule, phase, settings={"AccessLevel": level})
        for key, rule in live.items():
            if key not in desired:
                yield _change_object(rule, None, _LOOSER.get(rule.text("AccessLevel"), Phase.LOOSER_BLOCK))

    def _policies(self) -> Iterator[ObjectChange]:
        live, desired = self._live.policies, self._desired.policies
        if live is None or desired is None:
            return
        for key, policy in desired.items():
            current = live.get(key)
            if current is None:
                settings = self._planned(policy)
                promoted = settings.pop(DEFAULT, None)
                yield _change_object(None, policy, Phase.CREATE, settings=settings)
                if promoted is True:
                    yield _change_object(
                        None, policy, self._promotion(policy), settings={DEFAULT: True}, action="update"
                    )
                continue
            changed = self._changed(current, policy)
            promoted = changed.pop(DEFAULT, None)
            gate = {NON_PROVISIONABLE: changed.pop(NON_PROVISIONABLE)} if NON_PROVISIONABLE in changed else {}
            yield from self._update(current, policy, changed, Phase.SETTINGS)
            closes = gate.get(NON_PROVISIONABLE) is False
            yield from self._update(current, policy, gate, Phase.TIGHTEN_POLICY if closes else Phase.LOOSEN_POLICY)
            if promoted is True:
                yield _change_object(current, policy, self._promotion(policy), settings={DEFAULT: True})
        for key, policy in live.items():
            if key not in desired:
                yield _change_object(policy, None, Phase.DELETE)

    def _promotion(self, policy: Entity) -> Phase:
        return _move(_open(self._live.default_policy), _open(policy))

    def _mailboxes(self) -> Iterator[ObjectChange]:
        live, desired = self._live.mailboxes, self._desired.mailboxes
        if live is None or desired is None:
            return
        for key, mailbox in desired.items():
            current = live.get(key)
            if current is not None and current.settings is not mailbox.settings:
                yield from self._mailbox(current, mailbox)

    def _mailbox(self, live: Entity, desired: Entity) -> Iterator[ObjectChange]:
        changed = self._changed(live, desired)
        for name, adding, removing in (
            (BLOCKED, Phase.ADD_BLOCKED, Phase.REMOVE_BLOCKED),
            (ALLOWED, Phase.ADD_ALLOWED, Phase.REMOVE_ALLOWED),
        ):
            wanted = changed.pop(name, None)
            if isinstance(wanted, tuple):
                if more := _less(wanted, live.items(name)):
                    yield _change_object(live, desired, adding, add={name: more})
                if fewer := _less(live.items(name), wanted):
                    yield _change_object(live, desired, removing, remove={name: fewer})
        if REFERENCE in changed:
            before, after = self._live.policy_of(live), self._desired.policy_of(desired)
            phase = _move(_open(before), _open(after))
            yield from self._update(live, desired, {REFERENCE: changed.pop(REFERENCE)}, phase)
        closing = {name: value for name, value in changed.items() if value is False}
        opening = {name: value for name, value in changed.items() if value is not False}
        yield from self._update(live, desired, closing, Phase.CLOSE_MAILBOX)
        yield from self._update(live, desired, opening, Phase.OPEN_MAILBOX)

    def _others(self) -> Iterator[ObjectChange]:
        """Yield what changes of objects that decide about no device."""
        for kind, described in self._store.object_types.items():
            live, desired = self._live.section(kind), self._desired.section(kind)
            if kind in {ORGANIZATION, RULE, POLICY, MAILBOX} or live is None or desired is None:
                continue
            for key, entity in desired.items():
                if key in live:
                    changed = self._changed(live[key], entity)
                    yield from self._update(live[key], entity, changed, Phase.SETTINGS)
                elif "create" in described.actions:
                    yield _change_object(None, entity, Phase.CREATE, settings=self._planned(entity))
            for key, entity in live.items():
                if key not in desired and "delete" in described.actions:
                    yield _change_object(entity, None, Phase.DELETE)


_STRICTER = {
    "Block": Phase.STRICTER_BLOCK,
    "Quarantine": Phase.STRICTER_QUARANTINE,
    "Allow": Phase.STRICTER_ALLOW,
}
_LOOSER = {"Block": Phase.LOOSER_BLOCK, "Quarantine": Phase.LOOSER_QUARANTINE, "Allow": Phase.LOOSER_ALLOW}


def _open(policy: Entity | None) -> bool:
    return policy is None or policy.get(NON_PROVISIONABLE) is not False


def _move(before: bool, after: bool) -> Phase:
    """Return when mailboxes move from one policy to another, given whether each admits every device in the end."""
    if before and after:
        return Phase.MOVE_OPEN
    if before:
        return Phase.TIGHTEN_POLICY
    return Phase.LOOSEN_POLICY if after else Phase.MOVE_CLOSED


def _less(items: Value, others: Value) -> tuple[str, ...]:
    """Return the items that another list does not have, without regard to case, each once."""
    found: dict[str, str] = {}
    for item in without(items, others):
        found.setdefault(fold(item), item)
    return tuple(found.values())


def _change_object(live: Entity | None, desired: Entity | None, phase: Phase, **parts: object) -> ObjectChange:
    entity = desired or live
    assert entity is not None
    action = parts.pop("action", "create" if live is None else "delete" if desired is None else "update")
    return ObjectChange(
        action=action,  # type: ignore[arg-type]
        kind=entity.kind,
        identity=entity.identity,
        key=entity.key,
        live=live,
        desired=desired,
        phase=phase,
        **parts,  # type: ignore[arg-type]
    )
